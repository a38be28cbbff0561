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
  /** Whether to do now what is to be done at most so often: of several processes one is told so. */
  atMostEvery(name: string, everyMs: number): Promise<boolean>;
}

/** For a home of one process: there, one thing at a time is what its services see to. */
export const UNSHARED: Turns = {
  shared: false,
  take: () => Promise.resolve(() => Promise.resolve()),
  // Its one process counts the time itself.
  atMostEvery: () => Promise.resolve(true),
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
    const { clock, random } = this.ports;
    const giveUpAtMs = clock.monotonicMs() + withinMs;
    const holder = random.token(12);
    for (;;) {
      if (await this.claim(name, holder, HELD_MAX_MS)) return () => this.end(name, holder);
      if (clock.monotonicMs() >= giveUpAtMs) return null;
      await new Promise<void>((resolve) => clock.schedule(LOOK_EVERY_MS, resolve));
    }
  }

  atMostEvery(name: string, everyMs: number): Promise<boolean> {
    return this.claim(name, this.ports.random.token(12), everyMs);
  }

  /** Takes a turn that nobody has, or whose time is over. */
  private async claim(name: string, holder: string, forMs: number): Promise<boolean> {
    const { store, clock } = this.ports;
    const until = clock.now() + forMs;
    const { row, inserted } = await store.turns.insertIfAbsent({ id: name, holder, until });
    if (inserted) return true;
    const leftMs = row.until - clock.now();
    // A clock that was set back must not make it last for hours.
    if (leftMs > 0 && leftMs <= forMs) return false;
    const left = { holder: row.holder, until: row.until };
    return (await store.turns.update(name, { holder, until }, left)) !== null;
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
