import type { HomeEvents } from './generated';
import { Listeners } from './listeners';
import type { Session } from './session';
import {
  backoffMs,
  watchBrowser,
  type ClientClock,
  type ClientTimer,
  type LiveSocket,
  type LiveSocketClass,
} from './surroundings';

export type HomeEventName = keyof HomeEvents;

/**
 * `connecting`: on the way, or waiting for the next try. `ready`: signed in, events come.
 * `signed-out`: Aurion wants a sign-in; goes on by itself after the next one. `closed`: by `close()`.
 */
export type LiveState = 'connecting' | 'ready' | 'signed-out' | 'closed';

/** A text for people. */
export interface Notification {
  readonly message: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly severity: 'critical' | 'warning' | 'info' | 'success';
  readonly alertId?: number;
}

export interface EventMeta {
  readonly event: HomeEventName;
  /** When it happened, ISO 8601. */
  readonly timestamp: string;
}

/** What a page can listen to, and what its listeners are given. */
export type LiveListeners = {
  readonly [E in HomeEventName]: (data: HomeEvents[E], meta: EventMeta) => void;
} & {
  readonly notification: (notification: Notification) => void;
  /** Events were missed that can't be had again (Aurion restarted): load what you show anew. Told once each time. */
  readonly reset: () => void;
  readonly state: (state: LiveState) => void;
};

export interface LiveOptions {
  /** The events to be told of; all without it. */
  readonly events?: readonly HomeEventName[] | undefined;
  /**
   * Loads what the page shows: called when the connection is ready for the first time, and after
   * each `reset`. Events that come meanwhile are told when it is done, so that none is lost between
   * what was loaded and what is told. If it rejects, it is called again with the next connection.
   */
  readonly load?: (() => Promise<unknown>) | undefined;
}

export interface LiveConnectionOptions extends LiveOptions {
  readonly url: string;
  readonly WebSocket: LiveSocketClass;
  readonly clock: ClientClock;
  readonly random: () => number;
}

const SIGN_IN_AGAIN = 4401;
const TOO_MANY = 4429;
const TOO_MANY_WAIT_MS = 30_000;
const READY_WITHIN_MS = 10_000;
/** A page can't see the pings of WebSocket itself, so a silent connection is asked for a sign of life. */
const SILENT_MS = 25_000;
const PONG_WITHIN_MS = 5000;

interface Frame {
  readonly type?: unknown;
  readonly event?: HomeEventName;
  readonly data?: never;
  readonly timestamp?: string;
  readonly cursor?: string;
}

/** What happens in the home, as it happens, over connections that break and come back: each event is told exactly once, or `reset` is. */
export class Live {
  private socket: LiveSocket | null = null;
  private token: string | null = null;
  private timer: ClientTimer | null = null;
  private attempt = 0;
  private current: LiveState = 'connecting';
  /** Everything up to here has been told; null before the first `ready`. */
  private cursor: string | null = null;
  private load: 'wanted' | 'running' | 'running, wanted' | 'done' = 'wanted';
  /** What waits for the load under way. */
  private held: (() => void)[] = [];
  private readonly listeners = new Listeners<LiveListeners>();
  private readonly endings: (() => void)[];

  constructor(
    private readonly session: Session,
    private readonly options: LiveConnectionOptions,
  ) {
    this.endings = [
      session.onSignIn(() => this.signedIn()),
      watchBrowser({ offline: () => this.lose(), look: () => this.look() }),
    ];
    this.connect();
  }

  get state(): LiveState {
    return this.current;
  }

  /** @returns what ends the listening */
  on<N extends keyof LiveListeners>(name: N, listener: LiveListeners[N]): () => void {
    return this.listeners.add(name, listener);
  }

  /** Ends it for good: no socket, no timer and no listener is left. */
  close(): void {
    if (this.current === 'closed') return;
    for (const end of this.endings) end();
    this.drop();
    this.held = [];
    this.enter('closed');
    this.listeners.clear();
  }

  private connect(): void {
    this.timer?.cancel();
    this.timer = null;
    this.enter('connecting');
    this.token = this.session.token;
    if (this.token === null) return this.askToSignIn();
    const socket = new this.options.WebSocket(this.options.url);
    this.socket = socket;
    // What an earlier socket still says does not count.
    const isMine = (): boolean => this.socket === socket;
    socket.addEventListener('open', () => isMine() && this.signIn());
    socket.addEventListener('message', ({ data }) => {
      if (isMine()) this.take(data);
    });
    socket.addEventListener('close', ({ code }) => isMine() && this.lose(code));
    // `close` follows.
    socket.addEventListener('error', () => undefined);
    this.loseIn(READY_WITHIN_MS);
  }

  /** The cursor goes with the sign-in: then Aurion replays before it tells anything newer. */
  private signIn(): void {
    const { token, cursor } = this;
    this.say({ type: 'auth', token, ...(cursor !== null && { cursor }) });
    if (this.options.events) this.say({ type: 'subscribe', events: this.options.events });
  }

  private say(frame: object): void {
    try {
      this.socket?.send(JSON.stringify(frame));
    } catch {
      this.lose();
    }
  }

  private take(text: unknown): void {
    this.listenForSilence();
    const frame = parse(text);
    switch (frame.type) {
      case 'ready':
        return this.ready(frame);
      case 'event':
        return this.takeEvent(frame);
      case 'notification':
        return this.tell(() =>
          this.listeners.tell('notification', frame as unknown as Notification),
        );
      case 'reset':
        return this.reset(frame);
      default:
      // A pong, or what a flow says.
    }
  }

  private ready({ cursor }: Frame): void {
    // With a cursor of one's own, what comes next says where one stands: a replay or a reset.
    this.cursor ??= cursor ?? null;
    this.enter('ready');
    this.loadIfWanted();
  }

  private takeEvent({ event, data, timestamp = '', cursor }: Frame): void {
    this.cursor = cursor ?? this.cursor;
    const { events } = this.options;
    // A replay does not know yet what was subscribed to.
    if (event === undefined || (events && !events.includes(event))) return;
    this.tell(() => this.listeners.tell(event, data as never, { event, timestamp }));
  }

  private reset({ cursor }: Frame): void {
    this.cursor = cursor ?? null;
    // The load that follows has seen what is held.
    this.held = [];
    this.load = this.load === 'running' ? 'running, wanted' : 'wanted';
    this.listeners.tell('reset');
    this.loadIfWanted();
  }

  private tell(work: () => void): void {
    if (this.load === 'done') work();
    else this.held.push(work);
  }

  private loadIfWanted(): void {
    const { load } = this.options;
    if (this.load === 'wanted' && load) {
      this.load = 'running';
      Promise.resolve()
        .then(load)
        .then(
          () => this.loaded(),
          () => this.failedToLoad(),
        );
      return;
    }
    if (this.load.startsWith('running')) return;
    this.load = 'done';
    this.attempt = 0;
  }

  private loaded(): void {
    if (this.current === 'closed') return;
    const again = this.load === 'running, wanted';
    this.load = again ? 'wanted' : 'done';
    if (again) return this.loadIfWanted();
    this.attempt = 0;
    const { held } = this;
    this.held = [];
    for (const work of held) work();
  }

  /** Without what was loaded events say little: everything anew, a little later. */
  private failedToLoad(): void {
    if (this.current === 'closed') return;
    this.load = 'wanted';
    this.cursor = null;
    this.held = [];
    this.lose();
  }

  /** @param code why the socket was closed, if it was */
  private lose(code?: number): void {
    if (this.current === 'closed' || this.current === 'signed-out') return;
    this.drop();
    if (code === SIGN_IN_AGAIN) return this.askToSignIn();
    this.enter('connecting');
    const delayMs = backoffMs(this.attempt++, this.options.random);
    this.connectIn(code === TOO_MANY ? TOO_MANY_WAIT_MS + delayMs : delayMs);
  }

  private connectIn(delayMs: number): void {
    this.timer?.cancel();
    this.timer = this.options.clock.schedule(delayMs, () => this.connect());
  }

  /** Lets go of the socket, whatever it still does. */
  private drop(): void {
    const { socket } = this;
    this.socket = null;
    this.timer?.cancel();
    this.timer = null;
    socket?.close();
  }

  private askToSignIn(): void {
    this.session.renew(this.token, null).then(
      (renewed) => this.signInAnswered(renewed),
      () => this.signInAnswered(false),
    );
  }

  private signInAnswered(renewed: boolean): void {
    // A sign-in connects by itself.
    if (this.current === 'closed' || this.socket || this.timer) return;
    if (renewed) this.connectIn(backoffMs(this.attempt++, this.options.random));
    else this.enter('signed-out');
  }

  /** Somebody signed in: from now on the connection is theirs. */
  private signedIn(): void {
    if (this.session.token === this.token && this.socket) return;
    this.drop();
    this.connect();
  }

  /** Now is a good time to see whether the connection lives. */
  private look(): void {
    if (this.current === 'ready') this.askForSign();
    else if (this.current === 'connecting' && !this.socket && this.timer) this.connect();
  }

  private listenForSilence(): void {
    this.timer?.cancel();
    this.timer = this.options.clock.schedule(SILENT_MS, () => this.askForSign());
  }

  private askForSign(): void {
    this.loseIn(PONG_WITHIN_MS);
    this.say({ type: 'ping' });
  }

  private loseIn(delayMs: number): void {
    this.timer?.cancel();
    this.timer = this.options.clock.schedule(delayMs, () => this.lose());
  }

  private enter(state: LiveState): void {
    if (this.current === state) return;
    this.current = state;
    this.listeners.tell('state', state);
  }
}

function parse(text: unknown): Frame {
  try {
    return (JSON.parse(String(text)) ?? {}) as Frame;
  } catch {
    return {};
  }
}
