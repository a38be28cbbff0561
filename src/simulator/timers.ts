import type { Clock, Timer } from '../ports/clock';

/** What a simulation has planned, all of which ends with it. */
export class Timers {
  private readonly planned = new Set<Timer>();
  private ended = false;

  constructor(private readonly clock: Clock) {}

  /** Calls back once, unless cancelled before. */
  after(delayMs: number, callback: () => void): Timer {
    if (this.ended) return { cancel: () => undefined };
    const timer = this.clock.schedule(delayMs, () => {
      this.planned.delete(timer);
      callback();
    });
    this.planned.add(timer);
    return {
      cancel: () => {
        timer.cancel();
        this.planned.delete(timer);
      },
    };
  }

  /** Calls back again and again, each time after a delay asked for anew. */
  repeat(nextDelayMs: () => number, callback: () => void): void {
    this.after(nextDelayMs(), () => {
      callback();
      this.repeat(nextDelayMs, callback);
    });
  }

  /** Nothing is called back any more. */
  end(): void {
    this.ended = true;
    for (const timer of this.planned) timer.cancel();
    this.planned.clear();
  }
}
