/** How many frames a client may send: `perSecond` on and on, `burst` at once. */
export class FrameBudget {
  private left: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private filledAtMs: number,
  ) {
    this.left = burst;
  }

  /** Takes one frame. False if there was none left. */
  take(nowMs: number): boolean {
    const earned = ((nowMs - this.filledAtMs) * this.perSecond) / 1000;
    this.left = Math.min(this.burst, this.left + earned);
    this.filledAtMs = nowMs;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
