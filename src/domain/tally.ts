/** Counts by name. */
export class Tally<Name extends string | number = string> {
  private readonly byName = new Map<Name, number>();

  add(name: Name): void {
    this.byName.set(name, (this.byName.get(name) ?? 0) + 1);
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.byName);
  }
}
