/** How a message came in. */
export interface Arrival {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Which of those that came in the same millisecond. */
  readonly nth: number;
  /** The broker was not sure that it had been delivered. */
  readonly redelivered: boolean;
  /** It was taken in by an earlier run already; what it did may be in the store. */
  readonly replayed: boolean;
}
