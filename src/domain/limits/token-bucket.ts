/** A rate that allows bursts: a bucket holds `perMinute` and is filled up at that rate. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

const MINUTE_MS = 60_000;

/**
 * Takes one from a bucket.
 * @param bucket as it was left, or undefined for one nobody took from
 * @param nowMs by a clock that never goes back
 * @returns the bucket as it is then, and how long to wait for the next: 0 if one was taken
 */
export function takeToken(
  bucket: Bucket | undefined,
  perMinute: number,
  nowMs: number,
): { readonly bucket: Bucket; readonly waitMs: number } {
  const filled = bucket
    ? bucket.tokens + ((nowMs - bucket.atMs) * perMinute) / MINUTE_MS
    : perMinute;
  const tokens = Math.min(perMinute, filled);
  if (tokens >= 1) return { bucket: { tokens: tokens - 1, atMs: nowMs }, waitMs: 0 };
  return { bucket: { tokens, atMs: nowMs }, waitMs: ((1 - tokens) * MINUTE_MS) / perMinute };
}
