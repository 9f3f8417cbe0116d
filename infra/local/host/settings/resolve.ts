export type Environment = Readonly<Record<string, string | undefined>>;

/** Puts settings into `%NAME%`. Throws for a name that is not set: the host does not index such a function. */
export function resolveSettings(text: string, environment: Environment): string {
  return text.replaceAll(/%([^%]+)%/g, (_, name: string) => {
    const value = environment[name];
    if (value === undefined || value === '') throw new Error(`'%${name}%' does not resolve to a value.`);
    return value;
  });
}

/** Whether a setting switches a function off: `AzureWebJobs.<name>.Disabled`, or with underscores as Linux wants it. */
export function isDisabled(name: string, environment: Environment): boolean {
  const value = environment[`AzureWebJobs.${name}.Disabled`] ?? environment[`AzureWebJobs_${name}_Disabled`];
  return value !== undefined && ['true', '1'].includes(value.toLowerCase());
}
