import type { Clock } from '../ports/clock';

/** A sensor that comes back with what it kept for days may send this much at once … */
const BURST = 20_000;
/** … and this much all the time: more than any sensor of a house has to say. */
const PER_SECOND = 200;

interface Bucket {
  left: number;
  atMs: number;
}

/** Keeps one noisy sensor from drowning the others (QUALITY F8). */
export class NoiseLimit {
  private readonly buckets = new Map<number, Bucket>();

  constructor(private readonly clock: Clock) {}

  /** False if it has said too much lately. */
  admits(sensorId: number): boolean {
    const nowMs = this.clock.monotonicMs();
    let bucket = this.buckets.get(sensorId);
    if (!bucket) this.buckets.set(sensorId, (bucket = { left: BURST, atMs: nowMs }));
    bucket.left = Math.min(BURST, bucket.left + ((nowMs - bucket.atMs) / 1000) * PER_SECOND);
    bucket.atMs = nowMs;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  forget(sensorId: number): void {
    this.buckets.delete(sensorId);
  }
}
