import type { Clock } from '../../src/ports/clock';

interface Due {
  readonly atMs: number;
  readonly callback: () => void;
}

/** A clock that only moves when told: callbacks that come due run in their order. */
export class FakeClock implements Clock {
  private wallMs: number;
  private elapsedMs = 0;
  private readonly due = new Set<Due>();

  constructor(start = '2026-11-22T12:00:00Z') {
    this.wallMs = Date.parse(start);
  }

  now = (): number => this.wallMs;
  monotonicMs = (): number => this.elapsedMs;

  schedule = (delayMs: number, callback: () => void): { cancel(): void } => {
    const entry = { atMs: this.elapsedMs + delayMs, callback };
    this.due.add(entry);
    return { cancel: () => void this.due.delete(entry) };
  };

  get timers(): number {
    return this.due.size;
  }

  /** Moves both clocks on, running what comes due; promises it settles are settled when this resolves. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.elapsedMs + ms;
    for (;;) {
      const [next] = [...this.due].sort((a, b) => a.atMs - b.atMs);
      if (!next || next.atMs > untilMs) break;
      this.due.delete(next);
      this.wallMs += next.atMs - this.elapsedMs;
      this.elapsedMs = next.atMs;
      next.callback();
      await settled();
    }
    this.wallMs += untilMs - this.elapsedMs;
    this.elapsedMs = untilMs;
    await settled();
  }
}

/** Lets everything run that waits for nothing but its turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
