import { AurionError } from '../contract/errors';
import type { Value } from '../contract/value';
import type { Clock, Timer } from '../ports/clock';
import type { Digest } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { Store } from '../ports/store';
import { UNSHARED, type Turns } from './turns';

const KEPT_MS = 24 * 3_600_000;
const PURGE_EVERY_MS = 3_600_000;
/** As long as a command may take, its wait included. */
const TURN_WITHIN_MS = 12_000;

/** What a work wants, made now; or, where an earlier try with the same key got so far, what that wanted. Kept before it resolves. */
export type Intent = <W extends object>(make: () => W) => Promise<W>;

/** Of a work without a key: nobody can ask for it again. */
export const MADE_NOW: Intent = (make) => Promise.resolve(make());

/**
 * Remembers by their Idempotency-Key, for 24 h and also over a crash, what was wanted and what was
 * answered: who asks again gets the same answer, or, where there was none, the same is wanted again;
 * a lamp is never flipped back. A key that comes back with another wish is refused: neither the old
 * wish nor the new one is done. Errors are not remembered. Answers are what JSON can say.
 */
export class Idempotency {
  private readonly underWay = new Map<string, { asked: string; done: Promise<unknown> }>();
  private purge: Timer | undefined;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly digest: Pick<Digest, 'of'>;
      readonly turns?: Turns;
    },
  ) {}

  start(): void {
    this.purgeExpired();
  }

  stop(): void {
    this.purge?.cancel();
  }

  /**
   * @param scope what the key counts for: an account and a device; without a key `work` simply runs
   * @param wish what is asked for, whatever the order of its fields
   * @throws IDEMPOTENCY_KEY_REUSED if the key was used for another wish
   */
  async once<T>(
    scope: string,
    key: string | undefined,
    wish: Value,
    work: (intent: Intent) => Promise<T>,
  ): Promise<T> {
    if (key === undefined) return work(MADE_NOW);
    const id = `${scope}:${key}`;
    const asked = this.ports.digest.of(JSON.stringify(inOrder(wish)));
    const before = this.underWay.get(id);
    if (before) {
      assertSame(before.asked, asked);
      return before.done as Promise<T>;
    }
    const done = this.inTurn(id, asked, work);
    this.underWay.set(id, { asked, done });
    try {
      return await done;
    } finally {
      this.underWay.delete(id);
    }
  }

  /** Another process may be asked with the same key at the same time. */
  private async inTurn<T>(
    id: string,
    asked: string,
    work: (intent: Intent) => Promise<T>,
  ): Promise<T> {
    const { turns = UNSHARED } = this.ports;
    const end = await turns.take(`idempotency:${id}`, TURN_WITHIN_MS);
    if (!end) throw new AurionError('SERVICE_BUSY', { retryAfterS: 1 });
    try {
      return await this.remembered(id, asked, work);
    } finally {
      await end();
    }
  }

  private async remembered<T>(
    id: string,
    asked: string,
    work: (intent: Intent) => Promise<T>,
  ): Promise<T> {
    const { store, clock, logger } = this.ports;
    const found = await store.idempotency.get(id);
    const known = found && found.expiresAt > clock.now() ? found : null;
    if (known) assertSame(known.asked, asked);
    if (known?.answer !== undefined) return known.answer as T;
    if (found && !known) await store.idempotency.delete(id);
    const expiresAt = clock.now() + KEPT_MS;
    const intent: Intent = async <W extends object>(make: () => W) => {
      if (known?.wanted !== undefined) return known.wanted as unknown as W;
      const wanted = make();
      await store.idempotency.insertIfAbsent({ id, asked, wanted: wanted as Value, expiresAt });
      return wanted;
    };
    const answer = (await work(intent)) as Value;
    try {
      if (!(await store.idempotency.update(id, { answer }))) {
        await store.idempotency.insertIfAbsent({ id, asked, answer, expiresAt });
      }
    } catch (error) {
      // It is done; who asks again wants the same again.
      logger.warn(`The answer to an Idempotency-Key was not kept: ${String(error)}`);
    }
    return answer as T;
  }

  private purgeExpired(): void {
    const { store, clock, logger } = this.ports;
    store.idempotency
      .deleteWhere({ range: { field: 'expiresAt', to: clock.now() } })
      .catch((error: unknown) => logger.warn(`Old answers were not purged: ${String(error)}`));
    this.purge = clock.schedule(PURGE_EVERY_MS, () => this.purgeExpired());
  }
}

/** Rows of earlier versions do not say what was asked for: there it is taken for the same. */
function assertSame(before: string | undefined, asked: string): void {
  if (before !== undefined && before !== asked) throw new AurionError('IDEMPOTENCY_KEY_REUSED');
}

/** The value with its fields as pairs in alphabetical order. */
function inOrder(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const fields = Object.entries(value as Readonly<Record<string, Value>>);
  return fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, of]) => [name, inOrder(of)]);
}
