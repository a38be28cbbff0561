import { AurionError } from '../contract/errors';
import type { Value } from '../contract/value';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { Store } from '../ports/store';
import { UNSHARED, type Turns } from './turns';

const KEPT_MS = 24 * 3_600_000;
const PURGE_EVERY_MS = 3_600_000;
/** As long as a command may take, its wait included. */
const TURN_WITHIN_MS = 12_000;

/** Remembers answers by their Idempotency-Key for 24 h, also over a restart: who asks again gets the same answer, and nothing is done twice. Errors are not remembered. Answers are what JSON can say. */
export class Idempotency {
  private readonly underWay = new Map<string, Promise<unknown>>();
  private purge: Timer | undefined;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly turns?: Turns;
    },
  ) {}

  start(): void {
    this.purgeExpired();
  }

  stop(): void {
    this.purge?.cancel();
  }

  /** @param scope what the key counts for: an account and a device; without a key `work` simply runs */
  async once<T>(scope: string, key: string | undefined, work: () => Promise<T>): Promise<T> {
    if (key === undefined) return work();
    const id = `${scope}:${key}`;
    const before = this.underWay.get(id);
    if (before) return before as Promise<T>;
    const mine = this.inTurn(id, work);
    this.underWay.set(id, mine);
    try {
      return await mine;
    } finally {
      this.underWay.delete(id);
    }
  }

  /** Another process may be asked with the same key at the same time. */
  private async inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const { turns = UNSHARED } = this.ports;
    const end = await turns.take(`idempotency:${id}`, TURN_WITHIN_MS);
    if (!end) throw new AurionError('SERVICE_BUSY', { retryAfterS: 1 });
    try {
      return await this.remembered(id, work);
    } finally {
      await end();
    }
  }

  private async remembered<T>(id: string, work: () => Promise<T>): Promise<T> {
    const { store, clock } = this.ports;
    const known = await store.idempotency.get(id);
    if (known && known.expiresAt > clock.now()) return known.answer as T;
    if (known) await store.idempotency.delete(id);
    const answer = await work();
    await store.idempotency.insertIfAbsent({
      id,
      answer: answer as Value,
      expiresAt: clock.now() + KEPT_MS,
    });
    return answer;
  }

  private purgeExpired(): void {
    const { store, clock, logger } = this.ports;
    store.idempotency
      .deleteWhere({ range: { field: 'expiresAt', to: clock.now() } })
      .catch((error: unknown) => logger.warn(`Old answers were not purged: ${String(error)}`));
    this.purge = clock.schedule(PURGE_EVERY_MS, () => this.purgeExpired());
  }
}
