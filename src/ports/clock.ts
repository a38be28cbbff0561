/** Time as a port, so that tests run a year in a second. */
export interface Clock {
  /** The wall clock, for dates: milliseconds since 1970. It may jump. */
  now(): number;
  /** A clock that never goes back, for durations: milliseconds from an arbitrary start. */
  monotonicMs(): number;
  /** Calls back once after `delayMs` by the monotonic clock. It does not keep the process alive. */
  schedule(delayMs: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}
