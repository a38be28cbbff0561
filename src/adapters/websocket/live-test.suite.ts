import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, type ClientOptions } from 'ws';
import { FakeClock } from '../../../test/support/fake-clock';
import { memoryLogger } from '../../../test/support/test-store';
import { AurionError } from '../../contract/errors';
import type { Language } from '../../contract/language';
import type { HomeEvent } from '../../contract/events';
import { systemRandom } from '../crypto/random';
import { createWebSocketEndpoint } from './endpoint';
import type { AccountActor, LiveHome, LiveLimits, WebSocketEndpoint } from './live-home';

export interface Frame {
  readonly type: string;
  readonly cursor?: string;
  readonly [field: string]: unknown;
}

/** An end point behind a real HTTP server, over a clock and sessions that tests move. */
export class LiveTest implements LiveHome {
  readonly clock = new FakeClock();
  readonly logger = memoryLogger();
  readonly random = systemRandom;
  readonly sessions = new Map<string, AccountActor | AurionError>();
  looks = 0;
  authenticate = (token: string): Promise<AccountActor> => {
    this.looks += 1;
    const session = this.sessions.get(token) ?? new AurionError('TOKEN_INVALID');
    return session instanceof AurionError ? Promise.reject(session) : Promise.resolve(session);
  };
  endpoint!: WebSocketEndpoint;
  private readonly pages = new Set<Page>();
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((_req, res) => res.writeHead(404).end());

  static async open(limits: Partial<LiveLimits> = {}): Promise<LiveTest> {
    const test = new LiveTest();
    test.endpoint = createWebSocketEndpoint(test, limits);
    test.server.on('upgrade', (req, socket, head) =>
      test.endpoint.handleUpgrade(req, socket, head),
    );
    test.server.on('connection', (socket) => {
      test.sockets.add(socket);
      socket.on('close', () => test.sockets.delete(socket));
    });
    test.server.listen(0, '127.0.0.1');
    await once(test.server, 'listening');
    test.account(1, 'ama');
    return test;
  }

  /** What accounts chose to read. */
  readonly languages = new Map<number, Language>();
  languageOf = (accountId: number | null): Language => this.languages.get(accountId ?? 0) ?? 'fr';

  /** As a proxy that is trusted says it. */
  addressOf = ({ headers }: IncomingMessage): string => String(headers['x-from'] ?? '127.0.0.1');

  isAllowedOrigin = (origin: string): boolean => origin === 'http://localhost:3000';

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Server sockets that are still there. */
  get openSockets(): number {
    return this.sockets.size;
  }

  /** Makes an account with a session whose token is `token`. */
  account(accountId: number, token: string): void {
    const [name = ''] = token.split('.');
    this.sessions.set(token, { kind: 'account', accountId, name, role: 'user', sessionId: token });
  }

  async connect(protocols: string[] = [], options: ClientOptions = {}): Promise<Page> {
    const page = new Page(new WebSocket(`ws://127.0.0.1:${this.port}/ws`, protocols, options));
    this.pages.add(page);
    await page.opened;
    return page;
  }

  async signIn(token = 'ama', cursor?: string): Promise<Page> {
    const page = await this.connect();
    page.send({ type: 'auth', token, cursor });
    const ready = await page.next();
    assert.equal(ready.type, 'ready');
    page.cursor = ready.cursor!;
    return page;
  }

  event(id: number, event = 'device.status'): HomeEvent {
    return { event, data: { id }, timestamp: '2026-11-22T12:00:00.000Z' } as unknown as HomeEvent;
  }

  /** Resolves when the condition holds; time on the fake clock stands still. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async remove(): Promise<void> {
    await this.endpoint.close();
    for (const page of this.pages) page.socket.terminate();
    this.server.close();
    this.server.closeAllConnections();
    await this.until(() => this.openSockets === 0);
    assert.equal(this.clock.timers, 0, 'timers are left');
  }
}

/** A client: what it has been sent, in order. */
export class Page {
  cursor = '';
  readonly opened: Promise<unknown>;
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly frames: Frame[] = [];
  private waiting: (() => void) | null = null;

  constructor(readonly socket: WebSocket) {
    this.opened = once(socket, 'open');
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      this.frames.push(JSON.parse((data as Buffer).toString()) as Frame);
      this.waiting?.();
    });
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  async next(): Promise<Frame> {
    if (this.frames.length === 0) {
      await Promise.race([
        new Promise<void>((resolve) => (this.waiting = resolve)),
        this.closed.then(({ code, reason }) => {
          if (this.frames.length === 0) throw new Error(`closed ${code} ${reason}`);
        }),
      ]);
    }
    return this.frames.shift()!;
  }

  /** What has come until the server has read everything sent so far. */
  async sync(): Promise<Frame[]> {
    const pong = once(this.socket, 'pong');
    this.socket.ping();
    await pong;
    return this.frames.splice(0);
  }

  async closedWith(code: number): Promise<string> {
    const closed = await this.closed;
    assert.equal(closed.code, code, closed.reason);
    return closed.reason;
  }
}

/** The ids of the events among frames. */
export function idsOf(frames: readonly Frame[]): number[] {
  return frames
    .filter(({ type }) => type === 'event')
    .map(({ data }) => (data as { id: number }).id);
}
