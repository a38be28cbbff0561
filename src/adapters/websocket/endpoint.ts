import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';
import { AurionError } from '../../contract/errors';
import type { Language, Text } from '../../contract/language';
import type { HomeEvent, Notification } from '../../contract/events';
import { addressGroup } from '../../domain/limits/address-group';
import { Tally } from '../../domain/tally';
import type { Timer } from '../../ports/clock';
import { preferredLanguage } from '../http/reader-language';
import { Breach, CLOSE, countedCode } from './close-codes';
import { Connection } from './connection';
import { EventLog } from './event-log';
import {
  notificationFrames,
  PONG_FRAME,
  readyFrame,
  resetFrame,
  serialise,
  type ClientFrame,
  type Frames,
} from './frames';
import { originOf, refuseUpgrade, selectSubProtocol, tokenOf } from './handshake';
import {
  LIVE_LIMITS,
  type EndedSessions,
  type FrameFields,
  type LiveCounts,
  type LiveHome,
  type LiveLimits,
  type LiveListener,
  type WebSocketEndpoint,
} from './live-home';
import { Roster } from './roster';
import { isRefusal, SessionWatch } from './session-watch';
import { Strangers } from './strangers';

const TICK_MS = 500;
/** A tick that much later than due means that the process stood still, and pongs lie unread. */
const STOOD_STILL_MS = 1000;
const CLOSE_WITHIN_MS = 1000;
/** How long `ws` waits for the other side's close frame. */
const CLOSE_HANDSHAKE_MS = 2000;

/** Opens the live end point of a home. It takes up nothing (no timer either) until somebody connects. */
export function createWebSocketEndpoint(
  home: LiveHome,
  limits: Partial<LiveLimits> = {},
): WebSocketEndpoint {
  return new LiveEndpoint(home, { ...LIVE_LIMITS, ...limits });
}

class LiveEndpoint implements WebSocketEndpoint {
  private readonly server: WebSocketServer;
  private readonly log: EventLog;
  private readonly roster: Roster;
  private readonly watch: SessionWatch;
  private readonly listeners = new Set<LiveListener>();
  private readonly counters = new Set<() => void>();
  /** Every socket until it is gone. */
  private readonly sockets = new Set<Connection>();
  /** Those that have not signed in. */
  private readonly strangers = new Strangers<Connection>();
  private readonly closings = new Tally();
  private readonly refusals = new Tally<number>();
  private tick: { readonly timer: Timer; readonly dueAtMs: number } | null = null;
  private closed: Promise<void> | null = null;
  private whenEmpty: (() => void) | null = null;

  constructor(
    private readonly home: LiveHome,
    private readonly limits: LiveLimits,
  ) {
    this.log = new EventLog(home.random.token(9), limits.replayEvents);
    this.roster = new Roster(limits.socketsPerAccount);
    this.watch = new SessionWatch(home);
    const options: ServerOptions & { closeTimeout: number; maxPendingAutoPongs: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.frameBytes,
      // A frame in crumbs costs many times its size.
      maxFragments: 256,
      maxBufferedChunks: 1024,
      // Who pings too much is closed by the rule for all frames.
      maxPendingAutoPongs: 2 * limits.frameBurst,
      closeTimeout: CLOSE_HANDSHAKE_MS,
      handleProtocols: selectSubProtocol,
    };
    this.server = new WebSocketServer(options);
    this.server.on('error', (error) => home.logger.error(`WebSocket: ${error.message}`));
  }

  get clients(): number {
    return this.roster.size;
  }

  get counts(): LiveCounts {
    return { closed: this.closings.counts, refused: this.refusals.counts };
  }

  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.closed) return this.refuse(socket, 503);
    const origin = originOf(req);
    if (origin !== undefined && !this.home.isAllowedOrigin(origin, req.headers.host)) {
      return this.refuse(socket, 403);
    }
    // Asked while the socket is there: of one that has gone nobody knows whose it was.
    const from = addressGroup(this.home.addressOf(req) ?? '');
    this.server.handleUpgrade(req, socket, head, (webSocket) => this.open(webSocket, req, from));
  }

  publish(event: HomeEvent): void {
    if (this.closed) return;
    const { frames } = this.log.append(event);
    for (const connection of this.roster.connections()) {
      if (connection.wants(event.event)) connection.sendOneOf(frames);
    }
  }

  notify(notification: Notification, to?: (accountId: number) => boolean, texts?: Text): number {
    return this.spread(notificationFrames(notification, texts), to);
  }

  broadcast(frame: object, to?: (accountId: number) => boolean): number {
    const serialised = serialise(frame);
    return this.spread({ fr: serialised, en: serialised }, to);
  }

  private spread(frames: Frames, to: (accountId: number) => boolean = () => true): number {
    let reached = 0;
    for (const connection of this.roster.ofAccounts(to))
      if (connection.sendOneOf(frames)) reached += 1;
    return reached;
  }

  sendTo(clientId: string, frame: object): boolean {
    const serialised = serialise(frame);
    return this.roster.get(clientId)?.send(serialised) ?? false;
  }

  onMessage(listener: LiveListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onClients(listener: () => void): () => void {
    this.counters.add(listener);
    return () => this.counters.delete(listener);
  }

  endSessions(ended: EndedSessions): void {
    for (const connection of this.roster.of(ended)) {
      connection.close(CLOSE.signInAgain, 'Session ended');
    }
  }

  close(): Promise<void> {
    this.closed ??= this.sendAllAway();
    return this.closed;
  }

  private refuse(socket: Duplex, status: 403 | 503): void {
    this.refusals.add(status);
    refuseUpgrade(socket, status);
  }

  private counted(): void {
    for (const listener of this.counters) listener();
  }

  private async sendAllAway(): Promise<void> {
    this.tick?.timer.cancel();
    this.tick = null;
    for (const connection of this.sockets) connection.close(CLOSE.goingAway, 'Going away');
    if (this.sockets.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.home.clock.schedule(CLOSE_WITHIN_MS, resolve);
        this.whenEmpty = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    for (const connection of this.sockets) connection.terminate();
    this.server.close();
    this.listeners.clear();
  }

  private open(webSocket: WebSocket, req: IncomingMessage, from: string): void {
    const token = tokenOf(req);
    const preferred = (fallback: Language) => preferredLanguage(req, fallback);
    const connection = new Connection(webSocket, this.home, this.limits, preferred, {
      frame: (from, frame) => this.take(from, frame),
      leave: ({ client }) => {
        if (!client) return;
        this.roster.delete(client.id);
        this.counted();
        this.watch.delete(connection, client.token);
      },
      gone: (_gone, code) => {
        this.closings.add(countedCode(code));
        this.forget(connection);
      },
    });
    this.sockets.add(connection);
    this.strangers.add(connection, from);
    this.tick ??= this.nextTick();
    if (this.strangers.size > this.limits.strangers) this.pushOut(this.strangers.oldestOfMost);
    if (token !== null) this.signIn(connection, token, null);
  }

  private pushOut(stranger: Connection | undefined): void {
    if (!stranger) return;
    this.strangers.delete(stranger);
    stranger.close(CLOSE.tooMany, 'Too many sockets that have not signed in');
    stranger.terminate();
  }

  private forget(connection: Connection): void {
    this.sockets.delete(connection);
    this.strangers.delete(connection);
    this.roster.release(connection);
    if (this.sockets.size > 0) return;
    this.tick?.timer.cancel();
    this.tick = null;
    this.whenEmpty?.();
  }

  private take(connection: Connection, frame: ClientFrame): void {
    if (!connection.client) {
      if (frame.kind !== 'auth') throw new Breach(CLOSE.signInAgain, 'Sign in first');
      return this.signIn(connection, frame.token, frame.cursor);
    }
    switch (frame.kind) {
      case 'auth':
        throw new Breach(CLOSE.againstRules, 'Signed in already');
      case 'subscribe':
        connection.wanted = frame.events;
        return;
      case 'resume':
        return this.resume(connection, frame.cursor);
      case 'ping':
        connection.send(PONG_FRAME);
        return;
      case 'other':
        this.tell(connection, frame.fields);
    }
  }

  private tell({ client }: Connection, fields: FrameFields): void {
    if (this.listeners.size === 0) throw new Breach(CLOSE.againstRules, 'Unknown frame type');
    for (const listener of this.listeners) {
      try {
        if (client) listener(client, fields);
      } catch (error) {
        this.home.logger.error(`A listener of WebSocket frames failed: ${String(error)}`);
      }
    }
  }

  private signIn(connection: Connection, token: string, cursor: string | null): void {
    connection.hold();
    this.home
      .authenticate(token)
      .then((actor) => {
        if (connection.closing) return;
        if (actor.kind !== 'account') throw new Breach(CLOSE.signInAgain, 'Not an account');
        if (!this.roster.reserve(connection, actor.accountId)) {
          throw new Breach(CLOSE.tooMany, 'Too many sockets of this account');
        }
        this.strangers.delete(connection);
        const client = connection.signIn(actor, token, this.log.position);
        this.roster.add(client.id, connection);
        this.counted();
        this.watch.add(connection, token);
        // Until it has the replay, its own cursor is the right one to come back with.
        const canResume = cursor !== null && this.log.missed(cursor, this.log.position) !== null;
        connection.send(readyFrame(actor, canResume ? cursor : this.log.cursor));
        if (cursor !== null) this.resume(connection, cursor);
        connection.release();
      })
      .catch((error: unknown) => connection.refuse(this.breachOf(error)));
  }

  private breachOf(error: unknown): unknown {
    if (isRefusal(error)) return new Breach(CLOSE.signInAgain, error.message);
    if (error instanceof AurionError) return new Breach(CLOSE.tryLater, error.message);
    return error;
  }

  private resume(connection: Connection, cursor: string): void {
    const missed = this.log.missed(cursor, connection.liveSince);
    if (!missed) {
      connection.send(resetFrame(this.log.cursor));
      return;
    }
    connection.catchUp(missed, this.log.replay(missed));
  }

  private nextTick(): { readonly timer: Timer; readonly dueAtMs: number } {
    const { clock } = this.home;
    const timer = clock.schedule(TICK_MS, () => this.onTick());
    return { timer, dueAtMs: clock.monotonicMs() + TICK_MS };
  }

  private onTick(): void {
    const nowMs = this.home.clock.monotonicMs();
    const lateMs = nowMs - (this.tick?.dueAtMs ?? nowMs);
    this.tick = this.nextTick();
    for (const connection of this.sockets) {
      if (lateMs > STOOD_STILL_MS) connection.forgive(lateMs);
      connection.tick(nowMs);
    }
    this.watch.tick(nowMs);
  }
}
