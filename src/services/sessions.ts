import type { Actor } from '../contract/actor';
import { AurionError } from '../contract/errors';
import type { Clock } from '../ports/clock';
import type { Random, Tokens } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { Store } from '../ports/store';

/** Which sessions have ended: one, or all of an account. */
export interface EndedSessions {
  readonly accountId: number | null;
  /** Null: every session of the account. */
  readonly sessionId: string | null;
}

export type AccountActor = Extract<Actor, { kind: 'account' }>;

/** How long a session is believed without asking the store: what another process ended is refused this much later at most. */
const BELIEVED_MS = 2000;
const BELIEVED_MAX = 10_000;
const PURGE_EVERY_MS = 6 * 3_600_000;

interface Believed {
  readonly actor: AccountActor;
  readonly untilMs: number;
}

/** Sessions of accounts: a token is good while it has not expired and its session stands in the store. */
export class Sessions {
  private readonly believed = new Map<string, Believed>();
  private readonly endListeners: ((ended: EndedSessions) => void)[] = [];
  private purge: { cancel(): void } | undefined;

  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly tokens: Tokens;
      readonly clock: Clock;
      readonly random: Random;
      readonly logger: Logger;
    },
    private readonly lifetimeMs: number,
  ) {}

  start(): void {
    this.purgeExpired();
  }

  stop(): void {
    this.purge?.cancel();
  }

  /** Opens a session for an account and hands out its token. */
  async open(accountId: number): Promise<string> {
    const { store, tokens, clock, random } = this.ports;
    const createdAt = clock.now();
    const session = {
      id: random.token(18),
      accountId,
      createdAt,
      expiresAt: createdAt + this.lifetimeMs,
    };
    await store.sessions.insert(session);
    return tokens.sign({ sessionId: session.id, accountId, expiresAt: session.expiresAt });
  }

  /**
   * Who a token speaks for.
   * @throws TOKEN_MISSING, TOKEN_INVALID (never was one of this home), SESSION_EXPIRED (was one, and
   * has expired, was revoked, or its account is deleted or disabled), ACCOUNT_NOT_FOUND (the session
   * stands, the account vanished)
   */
  async authenticate(token: string | null): Promise<AccountActor> {
    if (token === null) throw new AurionError('TOKEN_MISSING');
    const { store, tokens, clock } = this.ports;
    const { sessionId, accountId, expiresAt } = tokens.verify(token);
    if (expiresAt <= clock.now()) throw new AurionError('SESSION_EXPIRED');
    const believed = this.believed.get(sessionId);
    if (believed && believed.untilMs > clock.monotonicMs()) return believed.actor;

    const session = await store.sessions.get(sessionId);
    if (!session) throw new AurionError('SESSION_EXPIRED');
    const account = await store.accounts.get(accountId);
    if (!account) throw new AurionError('ACCOUNT_NOT_FOUND');
    if (account.disabled) throw new AurionError('SESSION_EXPIRED');
    const { name, role } = account;
    const actor: AccountActor = { kind: 'account', accountId, name, role, sessionId };
    this.believe(sessionId, actor);
    return actor;
  }

  /** Called when sessions end in this process, so that what they hold open can be closed. */
  onEnded(listener: (ended: EndedSessions) => void): void {
    this.endListeners.push(listener);
  }

  /** Ends one session. */
  async end(sessionId: string): Promise<void> {
    this.believed.delete(sessionId);
    await this.ports.store.sessions.delete(sessionId);
    // A look-up under way may have believed it again meanwhile.
    this.believed.delete(sessionId);
    this.tellEnded({ accountId: null, sessionId });
  }

  /** Ends every session of an account. */
  async endAll(accountId: number): Promise<void> {
    await this.ports.store.sessions.deleteWhere({ where: { accountId } });
    for (const [sessionId, { actor }] of this.believed) {
      if (actor.accountId === accountId) this.believed.delete(sessionId);
    }
    this.tellEnded({ accountId, sessionId: null });
  }

  private tellEnded(ended: EndedSessions): void {
    for (const listener of this.endListeners) listener(ended);
  }

  private believe(sessionId: string, actor: AccountActor): void {
    if (this.believed.size >= BELIEVED_MAX) this.believed.clear();
    this.believed.set(sessionId, { actor, untilMs: this.ports.clock.monotonicMs() + BELIEVED_MS });
  }

  private purgeExpired(): void {
    const { store, clock, logger } = this.ports;
    store.sessions
      .deleteWhere({ range: { field: 'expiresAt', to: clock.now() + 1 } })
      .catch((error: unknown) => logger.warn(`Expired sessions were not purged: ${String(error)}`));
    this.purge = clock.schedule(PURGE_EVERY_MS, () => this.purgeExpired());
  }
}
