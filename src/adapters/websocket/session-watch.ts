import { AurionError } from '../../contract/errors';
import { CLOSE } from './close-codes';
import type { Connection } from './connection';
import type { LiveHome } from './live-home';

/**
 * How often a session is looked at. With the 2 s a home may believe what it knew, and the endpoint's
 * tick, a session that another process ended is found out within 5 s.
 */
const LOOK_EVERY_MS = 2000;
const LOOKS_AT_ONCE = 32;

interface Watched {
  readonly token: string;
  readonly connections: Set<Connection>;
  dueAtMs: number;
}

/** True if an error says that the token is no good, not that it can't be looked at just now. */
export function isRefusal(error: unknown): error is AurionError {
  return error instanceof AurionError && error.status < 500;
}

/** Looks again and again whether the sessions of open sockets still stand: once a session, however many sockets it has. */
export class SessionWatch {
  private readonly watched = new Map<string, Watched>();
  private readonly queue = new Set<Watched>();
  private looking = 0;

  constructor(private readonly home: LiveHome) {}

  add(connection: Connection, token: string): void {
    const known = this.watched.get(token);
    if (known) {
      known.connections.add(connection);
      return;
    }
    const dueAtMs = this.home.clock.monotonicMs() + LOOK_EVERY_MS;
    this.watched.set(token, { token, connections: new Set([connection]), dueAtMs });
  }

  delete(connection: Connection, token: string): void {
    const watched = this.watched.get(token);
    if (!watched?.connections.delete(connection) || watched.connections.size > 0) return;
    this.watched.delete(token);
    this.queue.delete(watched);
  }

  tick(nowMs: number): void {
    for (const watched of this.watched.values()) {
      if (watched.dueAtMs <= nowMs) this.queue.add(watched);
    }
    this.lookAtNext();
  }

  private lookAtNext(): void {
    for (const watched of this.queue) {
      if (this.looking >= LOOKS_AT_ONCE) return;
      this.queue.delete(watched);
      // Not due again before this look has ended.
      watched.dueAtMs = Infinity;
      this.looking += 1;
      this.lookAt(watched)
        .catch((error: unknown) =>
          this.home.logger.error(`A WebSocket's session was not looked at: ${String(error)}`),
        )
        .finally(() => {
          this.looking -= 1;
          this.lookAtNext();
        });
    }
  }

  private async lookAt(watched: Watched): Promise<void> {
    const begunAtMs = this.home.clock.monotonicMs();
    try {
      const actor = await this.home.authenticate(watched.token);
      if (actor.kind !== 'account') return;
      for (const connection of watched.connections) connection.renew(actor);
    } catch (error) {
      if (isRefusal(error)) {
        for (const connection of watched.connections) {
          connection.close(CLOSE.signInAgain, error.message);
        }
      } else if (!(error instanceof AurionError)) throw error;
      // A store that is away signs nobody out; the home tells its keeper.
    } finally {
      watched.dueAtMs = begunAtMs + LOOK_EVERY_MS;
    }
  }
}
