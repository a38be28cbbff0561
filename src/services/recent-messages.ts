/** Identities known of one series, and of all. */
const KNOWN_PER_SERIES = 20_000;
const KNOWN_MAX = 200_000;

/**
 * What came lately, to know copies by. Bounded: a copy that is not known any more counts as a message,
 * and still changes nothing.
 */
export class RecentMessages {
  private readonly series = new Map<number, Map<string, number>>();
  private size = 0;

  /** When a message of this identity came, or null. */
  cameAt(seriesId: number, identity: string): number | null {
    return this.series.get(seriesId)?.get(identity) ?? null;
  }

  note(seriesId: number, identity: string, at: number): void {
    let known = this.series.get(seriesId);
    if (!known) this.series.set(seriesId, (known = new Map<string, number>()));
    // Set anew, so that the map's order is that of coming.
    if (known.delete(identity)) this.size -= 1;
    known.set(identity, at);
    this.size += 1;
    if (known.size > KNOWN_PER_SERIES) this.shorten(known);
    // The one who talks most makes room.
    if (this.size > KNOWN_MAX) this.shorten(this.longest(known));
  }

  forget(seriesId: number): void {
    this.size -= this.series.get(seriesId)?.size ?? 0;
    this.series.delete(seriesId);
  }

  private shorten(known: Map<string, number>): void {
    const surplus = Math.max(1, Math.floor(known.size / 10));
    for (const identity of [...known.keys()].slice(0, surplus)) known.delete(identity);
    this.size -= surplus;
  }

  private longest(known: Map<string, number>): Map<string, number> {
    let longest = known;
    for (const other of this.series.values()) if (other.size > longest.size) longest = other;
    return longest;
  }
}
