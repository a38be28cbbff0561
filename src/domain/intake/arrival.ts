/** How a message came in. What the broker only remembers (retained) has none of its own. */
export interface Arrival {
  /** By the server's clock: milliseconds since 1970. */
  readonly at: number;
  /** The latest time that clock has shown: with `nth` the order in which messages came, also when the clock is set back. */
  readonly latestMs: number;
  /** Which of those that came in the same millisecond. */
  readonly nth: number;
  /** It was heard before and is sent again; `perhaps`: if it was, then by an earlier run. */
  readonly redelivered: boolean | 'perhaps';
  /** It was taken in by an earlier run already; what it did may be in the store. */
  readonly replayed: boolean;
  /** When it was taken in then, it was shown and no part of history. */
  readonly shownOnly?: boolean;
}

/** Where a message stands among all that came. */
export type Turn = Pick<Arrival, 'latestMs' | 'nth'>;

/** Whether one message came after another. */
export function cameAfter(a: Turn, b: Turn): boolean {
  return a.latestMs > b.latestMs || (a.latestMs === b.latestMs && a.nth > b.nth);
}

/** What was measured so long before it came was kept by a gateway that was away. */
const KEPT_BACK_MS = 60_000;

/** Whether a message tells of a moment that has passed, by a time of its own that is believed. */
export function isOfThePast(timestamp: number | null, { at }: Pick<Arrival, 'at'>): boolean {
  return timestamp !== null && timestamp < at - KEPT_BACK_MS;
}

/** When a message came by itself, for what is taken in without a queue in between. */
export function arrivedNow(now: number): Arrival {
  return { at: now, latestMs: now, nth: 0, redelivered: false, replayed: false };
}
