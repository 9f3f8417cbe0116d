/** What a card says and a contact has no place for, as lines for its notes. */
export class Leftovers {
  readonly lines: string[] = [];

  get isEmpty(): boolean {
    return this.lines.length === 0;
  }

  add(what: string, value: string): void {
    if (value !== '') this.lines.push(`${what}: ${value.replaceAll('\r\n', ', ')}`);
  }
}

/** Fills `places` places in order; what is left goes to `over`. */
export function fill(values: readonly string[], places: number, over: (value: string) => void): string[] {
  const different = [...new Set(values.filter((value) => value !== ''))];
  for (const value of different.slice(places)) over(value);
  return different.slice(0, places);
}
