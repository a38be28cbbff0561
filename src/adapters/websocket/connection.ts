import type { RawData, WebSocket } from 'ws';
import type { HomeEventName } from '../../contract/events';
import type { Language } from '../../contract/language';
import { Breach, CLOSE, type CloseCode } from './close-codes';
import type { Range } from './cursor';
import type { Logged } from './event-log';
import { FrameBudget } from './frame-budget';
import { readFrame, serialise, type ClientFrame, type Frames } from './frames';
import type { AccountActor, LiveClient, LiveHome, LiveLimits } from './live-home';

export const PING_EVERY_MS = 10_000;
export const SILENT_MS = 20_000;
export const SIGN_IN_WITHIN_MS = 5000;

export interface ConnectionEvents {
  frame(connection: Connection, frame: ClientFrame): void;
  /** It is being closed or has broken: it takes and gives nothing any more. */
  leave(connection: Connection): void;
  /** Its socket is gone. `code` is what it was closed with, by whichever side was first. */
  gone(connection: Connection, code: number): void;
}

/** One socket: its limits, its signs of life, and what it has been sent. */
export class Connection {
  /** Null until it has signed in. */
  client: (LiveClient & { readonly token: string }) | null = null;
  /** Events it wants; null for all. */
  wanted: ReadonlySet<HomeEventName> | null = null;
  /** It has been sent every event after this one (that it wanted). */
  liveSince = 0;
  closing = false;
  private held: ClientFrame[] | null = null;
  private heardAtMs: number;
  private pingAtMs: number;
  private signInByMs: number;
  private readonly budget: FrameBudget;
  private queueMax: number;
  private closedWith: CloseCode | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly home: LiveHome,
    limits: LiveLimits,
    /** What its request prefers, else what it is given. */
    private readonly preferred: (fallback: Language) => Language,
    private readonly events: ConnectionEvents,
  ) {
    const nowMs = home.clock.monotonicMs();
    this.heardAtMs = nowMs;
    this.pingAtMs = nowMs + PING_EVERY_MS;
    this.signInByMs = nowMs + SIGN_IN_WITHIN_MS;
    this.budget = new FrameBudget(limits.framesPerSecond, limits.frameBurst, nowMs);
    this.queueMax = limits.sendQueueBytes;
    socket.on('message', (data, isBinary) => this.take(data, isBinary));
    socket.on('ping', () => this.hear());
    socket.on('pong', () => this.hear());
    // `close` follows.
    socket.on('error', () => this.leave());
    socket.on('close', (code) => {
      this.leave();
      this.events.gone(this, this.closedWith ?? code);
    });
  }

  /** Keeps what the client says for later: a page need not wait for `ready`. What it may say meanwhile is bounded, since nothing more is read. */
  hold(): void {
    this.held = [];
    this.socket.pause();
  }

  get holds(): boolean {
    return this.held !== null;
  }

  /** Goes on with what was held. */
  release(): void {
    const held = this.held ?? [];
    this.held = null;
    this.socket.resume();
    for (const frame of held) this.handle(frame);
  }

  /** Makes it a client. */
  signIn(actor: AccountActor, token: string, liveSince: number): LiveClient {
    const id = this.home.random.token(12);
    const send = (frame: object): boolean => this.send(serialise(frame));
    this.client = { id, actor, token, send, language: () => this.language };
    this.liveSince = liveSince;
    return this.client;
  }

  /** What the account's keeper changed meanwhile: name, role. */
  renew(actor: AccountActor): void {
    if (this.client) this.client = { ...this.client, actor };
  }

  /** What its reader reads: as its request says, else as its account chose, else as the home. */
  get language(): Language {
    return this.preferred(this.home.languageOf(this.client?.actor.accountId ?? null));
  }

  /** Sends a frame. False if the client has left; one that does not keep up is dropped. */
  send(frame: Buffer): boolean {
    if (this.closing) return false;
    if (this.socket.bufferedAmount > this.queueMax) {
      this.terminate();
      return false;
    }
    this.socket.send(frame, { binary: false });
    return true;
  }

  /** Sends the frame in its reader's language. */
  sendOneOf({ fr, en }: Frames): boolean {
    return this.send(fr === en || this.language === 'fr' ? fr : en);
  }

  wants(event: HomeEventName): boolean {
    return this.wanted?.has(event) ?? true;
  }

  /** Sends what it wants of the events it missed, however much that is: each event comes once, so the room this takes is bounded. */
  catchUp(missed: readonly Range[], events: Iterable<Logged>): void {
    this.liveSince = Math.min(this.liveSince, missed[0]?.after ?? this.liveSince);
    for (const { event, frames } of events) {
      if (!this.wants(event)) continue;
      this.queueMax += Math.max(frames.fr.length, frames.en.length);
      if (!this.sendOneOf(frames)) return;
    }
  }

  /** Looks after the time: sign-in, pings, silence. */
  tick(nowMs: number): void {
    if (this.closing) return;
    if (!this.client && nowMs >= this.signInByMs) {
      if (this.holds) this.close(CLOSE.tryLater, 'The sign-in takes too long');
      else this.close(CLOSE.signInAgain, 'No sign-in within 5 s');
    } else if (nowMs - this.heardAtMs >= SILENT_MS) {
      this.terminate();
    } else if (nowMs >= this.pingAtMs) {
      this.pingAtMs = nowMs + PING_EVERY_MS;
      this.socket.ping();
    }
  }

  /** Grants time in which nobody could be heard because this process stood still. */
  forgive(ms: number): void {
    this.heardAtMs += ms;
    this.signInByMs += ms;
  }

  close(code: CloseCode, reason: string): void {
    if (this.closing) return;
    this.closedWith = code;
    this.leave();
    // A paused socket would not read the answer.
    this.socket.resume();
    this.socket.close(code, cut(reason));
  }

  terminate(): void {
    this.leave();
    this.socket.terminate();
  }

  private take(data: RawData, isBinary: boolean): void {
    if (!this.hear()) return;
    try {
      const frame = readFrame(data, isBinary);
      if (this.held) this.held.push(frame);
      else this.handle(frame);
    } catch (error) {
      this.refuse(error);
    }
  }

  private handle(frame: ClientFrame): void {
    if (this.closing) return;
    try {
      this.events.frame(this, frame);
    } catch (error) {
      this.refuse(error);
    }
  }

  /** Closes it for what it did wrong, or for what went wrong here. */
  refuse(error: unknown): void {
    if (error instanceof Breach) return this.close(error.code, error.message);
    // Thrown on, it would end the whole process.
    this.home.logger.error(`A WebSocket frame failed inside: ${String(error)}`);
    this.close(CLOSE.internalError, 'Internal error');
  }

  /** Any frame is a sign of life and costs one of the frames it may send. False if there was none left. */
  private hear(): boolean {
    if (this.closing) return false;
    this.heardAtMs = this.home.clock.monotonicMs();
    if (this.budget.take(this.heardAtMs)) return true;
    this.close(CLOSE.tooMany, 'Too many frames');
    return false;
  }

  private leave(): void {
    if (this.closing) return;
    this.closing = true;
    this.held = null;
    this.events.leave(this);
  }
}

/** A close frame has room for 123 bytes. */
function cut(reason: string): string {
  let bytes = Buffer.from(reason);
  while (bytes.length > 123) {
    reason = reason.slice(0, -1);
    bytes = Buffer.from(reason);
  }
  return reason;
}
