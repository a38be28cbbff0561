import { AurionError } from '../contract/errors';
import { addressGroup } from '../domain/limits/address-group';
import { waitMs, type WindowLimit } from '../domain/limits/window';
import type { Clock, Timer } from '../ports/clock';
import type { Digest, Random } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { AttemptRow, Store } from '../ports/store';

/** What is limited, and for whom. */
export interface Limited {
  /** Made by `Attempts.subject`. */
  readonly subject: string;
  readonly limit: WindowLimit;
}

/** Attempts that count until they are taken back. */
export interface Reservation {
  /** Takes them back: they were none. */
  release(): Promise<void>;
}

/** No limit counts longer. */
export const WINDOW_MAX_MS = 3_600_000;
const PURGE_EVERY_MS = 600_000;

/**
 * Counts tries over all processes of a home and refuses those beyond a limit. A try is counted before
 * it is made, so that many at once can't slip through: within a process exactly, since what it
 * reserves it knows at once; with other processes by looking again once the rows are in the store,
 * where too many at once all step back.
 */
export class Attempts {
  /** What this process has reserved: by subject, by row id, when. */
  private readonly mine = new Map<string, Map<string, number>>();
  private purge: Timer | undefined;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly random: Random;
      readonly digest: Digest;
      readonly logger: Logger;
    },
    private readonly options: {
      /** False: nothing is counted or refused. */
      readonly enabled: boolean;
      /** Mixed into digests, so that the store does not tell who tried. */
      readonly salt: string;
    },
  ) {}

  start(): void {
    this.purgeOld();
  }

  stop(): void {
    this.purge?.cancel();
  }

  /** A subject that does not show who it is: `password:account:<digest>`. */
  subject(kind: string, who: string): string {
    return `${kind}:${this.ports.digest.of([this.options.salt, kind, who].join('\n'))}`;
  }

  /** @param address where somebody comes from; all of an IPv6 /64 are one */
  addressSubject(kind: string, address: string): string {
    return this.subject(kind, addressGroup(address));
  }

  /**
   * Counts one try for each of `limited`.
   * @throws ATTEMPTS_EXCEEDED with the seconds until the oldest that is in the way has left the window; then it counts for none
   */
  async reserve(limited: readonly Limited[]): Promise<Reservation> {
    if (!this.options.enabled) return { release: () => Promise.resolve() };
    const now = this.ports.clock.now();
    const known = await this.rowsOf(limited, now);
    // From here to what is remembered as mine nothing is waited for, so that none slips in between.
    this.assertWithin(limited, known, now);
    const rows = limited.map(({ subject }) => {
      const row = { id: this.ports.random.token(12), subject, at: now };
      let mine = this.mine.get(subject);
      if (!mine) this.mine.set(subject, (mine = new Map<string, number>()));
      mine.set(row.id, now);
      return row;
    });
    const release = async () => {
      for (const { id, subject } of rows) this.forget(subject, id);
      await Promise.all(rows.map(({ id }) => this.ports.store.attempts.delete(id)));
    };
    try {
      await Promise.all(rows.map((row) => this.ports.store.attempts.insert(row)));
      const stored = await this.rowsOf(limited, now);
      // One more than may be, since this one is among them.
      const raised = limited.map(({ subject, limit }) => {
        return { subject, limit: { ...limit, max: limit.max + 1 } };
      });
      this.assertWithin(raised, stored, now);
    } catch (error) {
      await release();
      throw error;
    }
    return { release };
  }

  /** The tries of each subject that the store knows. */
  private rowsOf(limited: readonly Limited[], now: number): Promise<readonly AttemptRow[][]> {
    return Promise.all(
      limited.map(({ subject, limit }) =>
        this.ports.store.attempts.list({
          where: { subject },
          range: { field: 'at', from: now - limit.windowMs + 1 },
        }),
      ),
    );
  }

  /** Counts what the store knows, and what this process knows that is not there yet. */
  private assertWithin(
    limited: readonly Limited[],
    stored: readonly AttemptRow[][],
    now: number,
  ): void {
    const waits = limited.map(({ subject, limit }, i) => {
      const times = new Map<string, number>(this.mine.get(subject));
      for (const { id, at } of stored[i] ?? []) times.set(id, at);
      return waitMs([...times.values()], limit, now);
    });
    const seconds = Math.ceil(Math.max(0, ...waits) / 1000);
    if (seconds === 0) return;
    throw new AurionError('ATTEMPTS_EXCEEDED', {
      params: { seconds: String(seconds) },
      retryAfterS: seconds,
    });
  }

  private forget(subject: string, id: string): void {
    const mine = this.mine.get(subject);
    mine?.delete(id);
    if (mine?.size === 0) this.mine.delete(subject);
  }

  private purgeOld(): void {
    const { store, clock, logger } = this.ports;
    const before = clock.now() - WINDOW_MAX_MS;
    for (const [subject, mine] of this.mine) {
      for (const [id, at] of mine) if (at < before) this.forget(subject, id);
    }
    store.attempts
      .deleteWhere({ range: { field: 'at', to: before } })
      .catch((error: unknown) => logger.warn(`Old attempts were not purged: ${String(error)}`));
    this.purge = clock.schedule(PURGE_EVERY_MS, () => this.purgeOld());
  }
}
