import type { Clock } from '../ports/clock';
import type { Random } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { Store } from '../ports/store';

/** Longer than any work that is done in a turn, so that only a dead process's turn is taken over. */
const HELD_MAX_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** Work that must not be done by two processes of a home at once. */
export interface Turns {
  /** Whether there may be other processes at all. */
  readonly shared: boolean;
  /**
   * Waits until nobody else has this turn.
   * @returns ends the turn; null when it did not come within `withinMs`
   */
  take(name: string, withinMs: number): Promise<(() => Promise<void>) | null>;
}

/** For a home of one process: there, one thing at a time is what its services see to. */
export const UNSHARED: Turns = {
  shared: false,
  take: () => Promise.resolve(() => Promise.resolve()),
};

/**
 * Turns as rows in the store that the processes share. The turn of a process that died is free after
 * 20 s; the processes' clocks must not differ by more than that less the work's own time.
 */
export class SharedTurns implements Turns {
  readonly shared = true;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly random: Random;
      readonly logger: Logger;
    },
  ) {}

  async take(name: string, withinMs: number): Promise<(() => Promise<void>) | null> {
    const { store, clock, random } = this.ports;
    const giveUpAtMs = clock.monotonicMs() + withinMs;
    const holder = random.token(12);
    for (;;) {
      const until = clock.now() + HELD_MAX_MS;
      const { row, inserted } = await store.turns.insertIfAbsent({ id: name, holder, until });
      if (inserted) return () => this.end(name, holder);
      const leftMs = row.until - clock.now();
      // A clock that was set back must not make it last for hours.
      if (leftMs < 0 || leftMs > HELD_MAX_MS) {
        const left = { holder: row.holder, until: row.until };
        const taken = await store.turns.update(name, { holder, until }, left);
        if (taken) return () => this.end(name, holder);
      }
      if (clock.monotonicMs() >= giveUpAtMs) return null;
      await new Promise<void>((resolve) => clock.schedule(LOOK_EVERY_MS, resolve));
    }
  }

  /** A turn that can't be given back is over when its time is. */
  private async end(name: string, holder: string): Promise<void> {
    const { store, logger } = this.ports;
    try {
      await store.turns.deleteWhere({ where: { id: name, holder } });
    } catch (error) {
      logger.warn(`The turn ${name} ends by itself in 20 s: ${String(error)}`);
    }
  }
}
