/** So many in so long, counted over a window that moves with the time. */
export interface WindowLimit {
  readonly max: number;
  readonly windowMs: number;
}

/**
 * How long to wait until one more is within the limit: 0 if it is now, else the milliseconds until
 * enough of the oldest have left the window.
 * @param times when the earlier ones were, in any order; those outside the window do not count
 */
export function waitMs(
  times: readonly number[],
  { max, windowMs }: WindowLimit,
  now: number,
): number {
  const counted = times.filter((at) => at > now - windowMs && at <= now).sort((a, b) => a - b);
  const last = counted.at(-max);
  return last === undefined || counted.length < max ? 0 : last + windowMs - now;
}
