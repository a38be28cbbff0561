import type { Actor } from '../contract/actor';
import { AurionError } from '../contract/errors';
import type { Clock } from '../ports/clock';
import type { Random, Tokens } from '../ports/crypto';
import type { Logger } from '../ports/logger';
import type { RowChanges, SessionRow, Store } from '../ports/store';

/** Which sessions have ended: one, or an account's (but the one it goes on with). */
export type EndedSessions =
  { readonly sessionId: string } | { readonly accountId: number; readonly except?: string };

export type AccountActor = Extract<Actor, { kind: 'account' }>;

/** How long a session is believed without asking the store: what another process ended is refused this much later at most. */
const BELIEVED_MS = 2000;
const BELIEVED_MAX = 10_000;
const PURGE_EVERY_MS = 6 * 3_600_000;

interface Believed {
  readonly actor: AccountActor;
  readonly untilMs: number;
}

/** Deletes every session of an account, but the one it goes on with. Once it is done, call `Sessions.ended`. */
export async function deleteSessions(
  sessions: RowChanges<SessionRow>,
  accountId: number,
  except?: string,
): Promise<void> {
  if (except === undefined) {
    await sessions.deleteWhere({ where: { accountId } });
    return;
  }
  for (const { id } of await sessions.list({ where: { accountId } })) {
    if (id !== except) await sessions.delete(id);
  }
}

/** Sessions of accounts: a token is good while it has not expired and its session stands in the store. */
export class Sessions {
  private readonly believed = new Map<string, Believed>();
  private readonly endListeners: ((ended: EndedSessions) => void)[] = [];
  private ends = 0;
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

  /** Opens a session for an account, by itself or together with other rows, and hands out its token. */
  async open(accountId: number, sessions: RowChanges<SessionRow>): Promise<string> {
    const { tokens, clock, random } = this.ports;
    const createdAt = clock.now();
    const session = {
      id: random.token(18),
      accountId,
      createdAt,
      expiresAt: createdAt + this.lifetimeMs,
    };
    await sessions.insert(session);
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
    const { tokens, clock } = this.ports;
    const { sessionId, accountId, expiresAt } = tokens.verify(token);
    if (expiresAt <= clock.now()) throw new AurionError('SESSION_EXPIRED');
    return this.again({ sessionId, accountId });
  }

  /**
   * An account's session as it is now, for what was let in before and runs only now: what waited in a
   * flow, a live client's frame. Costs nothing while it is believed.
   * @throws SESSION_EXPIRED, ACCOUNT_NOT_FOUND, as `authenticate`
   */
  again(of: Pick<AccountActor, 'sessionId' | 'accountId'>): AccountActor | Promise<AccountActor> {
    const believed = this.believed.get(of.sessionId);
    if (believed && believed.untilMs > this.ports.clock.monotonicMs()) return believed.actor;
    return this.look(of);
  }

  private async look({
    sessionId,
    accountId,
  }: Pick<AccountActor, 'sessionId' | 'accountId'>): Promise<AccountActor> {
    const { store, clock } = this.ports;
    const { ends } = this;
    const session = await store.sessions.get(sessionId);
    if (!session || session.expiresAt <= clock.now()) throw new AurionError('SESSION_EXPIRED');
    const account = await store.accounts.get(accountId);
    // One that was deleted between the two looks took its sessions along.
    if (!account) {
      const stands = await store.sessions.get(sessionId);
      throw new AurionError(stands ? 'ACCOUNT_NOT_FOUND' : 'SESSION_EXPIRED');
    }
    if (account.disabled) throw new AurionError('SESSION_EXPIRED');
    const { name, role } = account;
    const actor: AccountActor = { kind: 'account', accountId, name, role, sessionId };
    // What ended while this was looked up may have been this.
    if (ends === this.ends) this.believe(sessionId, actor);
    return actor;
  }

  /** Called when sessions end in this process, so that what they hold open can be closed. */
  onEnded(listener: (ended: EndedSessions) => void): void {
    this.endListeners.push(listener);
  }

  /** Ends one session. */
  async end(sessionId: string): Promise<void> {
    await this.ports.store.sessions.delete(sessionId);
    this.believed.delete(sessionId);
    this.tellEnded({ sessionId });
  }

  /** Ends the session a token was made for. @throws TOKEN_INVALID */
  async endToken(token: string): Promise<void> {
    await this.end(this.ports.tokens.verify(token).sessionId);
  }

  /** Ends every session of an account, but the one it goes on with. */
  async endAll(accountId: number, except?: string): Promise<void> {
    const { store } = this.ports;
    await store.together(['sessions'], ({ sessions }) =>
      deleteSessions(sessions, accountId, except),
    );
    this.ended(accountId, except);
  }

  /** All sessions of an account are deleted, but the one it goes on with: nobody believes them any more, and what they hold open is closed. */
  ended(accountId: number, except?: string): void {
    for (const [sessionId, { actor }] of this.believed) {
      if (actor.accountId === accountId) this.believed.delete(sessionId);
    }
    this.tellEnded({ accountId, ...(except !== undefined && { except }) });
  }

  /** The account a token was made for, if this home signed it, whether or not its session stands. */
  signedFor(token: string): number | null {
    try {
      return this.ports.tokens.verify(token).accountId;
    } catch {
      return null;
    }
  }

  private tellEnded(ended: EndedSessions): void {
    this.ends += 1;
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
