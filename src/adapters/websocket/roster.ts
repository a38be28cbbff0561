import type { Connection } from './connection';
import type { EndedSessions } from './live-home';

/** Who is signed in. */
export class Roster {
  private readonly byId = new Map<string, Connection>();
  private readonly accountOf = new Map<Connection, number>();
  private readonly sockets = new Map<number, number>();

  constructor(private readonly socketsPerAccount: number) {}

  get size(): number {
    return this.byId.size;
  }

  /** Takes one of the account's places. False if none is free. */
  reserve(connection: Connection, accountId: number): boolean {
    const taken = this.sockets.get(accountId) ?? 0;
    if (taken >= this.socketsPerAccount) return false;
    this.sockets.set(accountId, taken + 1);
    this.accountOf.set(connection, accountId);
    return true;
  }

  add(clientId: string, connection: Connection): void {
    this.byId.set(clientId, connection);
  }

  get(clientId: string): Connection | undefined {
    return this.byId.get(clientId);
  }

  /** It takes no part any more, but keeps its place. */
  delete(clientId: string): void {
    this.byId.delete(clientId);
  }

  /** Frees its place: its socket is gone. */
  release(connection: Connection): void {
    const accountId = this.accountOf.get(connection);
    if (accountId === undefined) return;
    this.accountOf.delete(connection);
    const left = (this.sockets.get(accountId) ?? 1) - 1;
    if (left > 0) this.sockets.set(accountId, left);
    else this.sockets.delete(accountId);
  }

  connections(): Iterable<Connection> {
    return this.byId.values();
  }

  *ofAccounts(matches: (accountId: number) => boolean): Generator<Connection> {
    for (const connection of this.byId.values()) {
      if (connection.client && matches(connection.client.actor.accountId)) yield connection;
    }
  }

  *of(ended: EndedSessions): Generator<Connection> {
    for (const connection of this.byId.values()) {
      if (!connection.client) continue;
      const { accountId, sessionId } = connection.client.actor;
      const matches =
        'sessionId' in ended
          ? sessionId === ended.sessionId
          : accountId === ended.accountId && sessionId !== ended.except;
      if (matches) yield connection;
    }
  }
}
