/**
 * Sockets that have not signed in, by the address group they come from. Of too many, one of those
 * gives way who hold the most places, so that nobody is kept out from elsewhere (S13).
 */
export class Strangers<T> {
  /** Oldest first, groups as well as who is in them. */
  private readonly byGroup = new Map<string, Set<T>>();
  private readonly groupOf = new Map<T, string>();

  get size(): number {
    return this.groupOf.size;
  }

  add(stranger: T, group: string): void {
    this.groupOf.set(stranger, group);
    const fellows = this.byGroup.get(group);
    if (fellows) fellows.add(stranger);
    else this.byGroup.set(group, new Set([stranger]));
  }

  delete(stranger: T): void {
    const group = this.groupOf.get(stranger);
    if (group === undefined) return;
    this.groupOf.delete(stranger);
    const fellows = this.byGroup.get(group);
    fellows?.delete(stranger);
    if (fellows?.size === 0) this.byGroup.delete(group);
  }

  /** The oldest of the largest group, since who means well signs in at once; undefined if there is nobody. */
  get oldestOfMost(): T | undefined {
    let most: ReadonlySet<T> = new Set();
    for (const fellows of this.byGroup.values()) if (fellows.size > most.size) most = fellows;
    const [oldest] = most;
    return oldest;
  }
}
