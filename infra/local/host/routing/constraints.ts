/** A constraint of ASP.NET Core routing: whether a route value fits. */
export type Constraint = (value: string) => boolean;

const INT32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

const simple: Readonly<Record<string, Constraint>> = {
  int: (value) => isInteger(value, INT32),
  long: (value) => isInteger(value, INT64),
  bool: (value) => /^(true|false)$/i.test(value),
  alpha: (value) => /^[a-z]*$/i.test(value),
  guid: (value) => /^(\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?|[0-9a-f]{32})$/i.test(value),
  decimal: (value) => /^[+-]?(\d[\d,]*\.?\d*|\.\d+)$/.test(value),
  double: (value) => /^[+-]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value),
  float: (value) => /^[+-]?(\d[\d,]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value),
  datetime: (value) => /\d/.test(value) && !Number.isNaN(Date.parse(value)),
  required: (value) => value !== '',
};

const withArguments: Readonly<Record<string, (first: string, second: string | undefined) => Constraint>> = {
  length: (first, second) => (value) =>
    second === undefined
      ? value.length === Number(first)
      : value.length >= Number(first) && value.length <= Number(second),
  minlength: (first) => (value) => value.length >= Number(first),
  maxlength: (first) => (value) => value.length <= Number(first),
  min: (first) => (value) => isInteger(value, { min: BigInt(first), max: INT64.max }),
  max: (first) => (value) => isInteger(value, { min: INT64.min, max: BigInt(first) }),
  range: (first, second) => (value) => isInteger(value, { min: BigInt(first), max: BigInt(second ?? first) }),
};

/** Understands one constraint as it stands in a template: `int`, `min(1)`, `regex(^a+$)`. Throws for an unknown one. */
export function parseConstraint(text: string): Constraint {
  const match = /^(\w+)(?:\((.*)\))?$/s.exec(text);
  const [name, argument] = [match?.[1]?.toLowerCase() ?? '', match?.[2]];
  if (argument === undefined) {
    const constraint = simple[name];
    if (constraint !== undefined) return constraint;
  } else if (name === 'regex') {
    const pattern = new RegExp(argument, 'i');
    return (value) => pattern.test(value);
  } else {
    const [first = '', second] = argument.split(',').map((part) => part.trim());
    const constraint = withArguments[name]?.(first, second);
    if (constraint !== undefined) return constraint;
  }
  throw new Error(`The constraint '${text}' is not known.`);
}

function isInteger(value: string, { min, max }: { min: bigint; max: bigint }): boolean {
  if (!/^[+-]?\d+$/.test(value)) return false;
  const number = BigInt(value.replace('+', ''));
  return number >= min && number <= max;
}
