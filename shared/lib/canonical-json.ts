type Part = { readonly text: string } | { readonly value: unknown };

/**
 * JSON text of a JSON value that is the same for equal values, whatever the order of members. Without recursion: a value may
 * nest deeper than the stack goes.
 */
export function canonicalJson(value: unknown): string {
  const written: string[] = [];
  const rest: Part[] = [{ value }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if ('text' in next) written.push(next.text);
    else if (typeof next.value !== 'object' || next.value === null) written.push(JSON.stringify(next.value));
    else for (const part of partsOf(next.value).toReversed()) rest.push(part);
  }
  return written.join('');
}

function partsOf(value: object): Part[] {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown): Part => ({ value: item }));
    return [
      { text: '[' },
      ...items.flatMap((item, index) => (index === 0 ? [item] : [{ text: ',' }, item])),
      { text: ']' },
    ];
  }
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = members.flatMap(([name, member], index): Part[] => [
    { text: `${index === 0 ? '' : ','}${JSON.stringify(name)}:` },
    { value: member },
  ]);
  return [{ text: '{' }, ...parts, { text: '}' }];
}
