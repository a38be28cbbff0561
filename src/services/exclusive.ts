import { AurionError } from '../contract/errors';
import type { Clock } from '../ports/clock';
import type { Random } from '../ports/crypto';
import type { Store } from '../ports/store';

/** A holder that says nothing for so long has died. What is done meanwhile takes milliseconds. */
const HELD_MAX_MS = 30_000;
const LOOK_EVERY_MS = 50;
const WAIT_MAX_MS = 5000;

const FREE = '';

/**
 * One at a time, in all processes of a home: within this one by waiting in line, among processes by
 * a row of the store that is taken by compare-and-set. A process that died while it held it is
 * waited for 30 s at most.
 */
export class Exclusive {
  private line: Promise<unknown> = Promise.resolve();
  private readonly rowId: string;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly random: Random;
    },
    name: string,
  ) {
    this.rowId = `exclusive.${name}`;
  }

  /** @throws SERVICE_BUSY when others do not let go within 5 s, and what `work` throws */
  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.line.then(() => this.held(work));
    this.line = mine.catch(() => undefined);
    return mine;
  }

  private async held<T>(work: () => Promise<T>): Promise<T> {
    const { store, clock } = this.ports;
    const untilMs = clock.monotonicMs() + WAIT_MAX_MS;
    let holding: string | null;
    while ((holding = await this.take()) === null) {
      if (clock.monotonicMs() >= untilMs) throw new AurionError('SERVICE_BUSY', { retryAfterS: 5 });
      await new Promise<void>((resolve) => clock.schedule(LOOK_EVERY_MS, resolve));
    }
    try {
      return await work();
    } finally {
      // Nothing if another took it over meanwhile.
      await store.settings.update(this.rowId, { value: FREE }, { value: holding });
    }
  }

  /** @returns what the row says while it is ours; null if another holds it */
  private async take(): Promise<string | null> {
    const { store, clock, random } = this.ports;
    const now = clock.now();
    const value = `${now + HELD_MAX_MS}:${random.token(9)}`;
    const { row, inserted } = await store.settings.insertIfAbsent({ id: this.rowId, value });
    if (inserted) return value;
    if (typeof row.value === 'string' && row.value !== FREE) {
      const leftMs = parseInt(row.value, 10) - now;
      // A clock that was set back must not make it held for hours.
      if (leftMs > 0 && leftMs <= HELD_MAX_MS) return null;
    }
    const taken = await store.settings.update(this.rowId, { value }, { value: row.value });
    return taken ? value : null;
  }
}
