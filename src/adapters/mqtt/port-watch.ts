import { connect, type Socket } from 'node:net';
import type { Clock, Timer } from '../../ports/clock';

const LOOK_EVERY_MS = 2000;
const ANSWER_WITHIN_MS = 2000;
/** Nobody listens there, or the machine can't be reached. */
const NOBODY: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

export interface PortWatchOptions {
  readonly host: string;
  readonly port: number;
  /** Why the last attempt failed: it may say that nobody listens. */
  readonly cause: Error & { readonly code?: unknown };
  readonly clock: Clock;
  /** Called once when somebody listens where nobody did before. */
  readonly onBack: () => void;
}

/**
 * Looks every 2 s whether a broker listens again, so that it is found soon after it is back however long
 * the wait until the next attempt is. It only opens a connection and closes it. Where somebody listens
 * all the time and does not want us, it stops: that is what the waits are for.
 */
export class PortWatch {
  private timer: Timer | undefined;
  private socket: Socket | undefined;
  private stopped = false;
  /** True once it is known that nobody listened. */
  private wasAway: boolean;

  constructor(private readonly options: PortWatchOptions) {
    this.wasAway = NOBODY.has(options.cause.code);
    this.later();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.socket?.destroy();
  }

  private later(): void {
    this.timer = this.options.clock.schedule(LOOK_EVERY_MS, () => this.look());
  }

  private look(): void {
    const { host, port, clock } = this.options;
    const socket = connect({ host, port });
    this.socket = socket;
    this.timer = clock.schedule(ANSWER_WITHIN_MS, () => this.found(false));
    socket.once('connect', () => this.found(true));
    socket.on('error', () => this.found(false));
  }

  private found(listens: boolean): void {
    if (this.stopped || this.socket === undefined) return;
    this.timer?.cancel();
    this.socket.destroy();
    this.socket = undefined;
    if (!listens) {
      this.wasAway = true;
      this.later();
    } else {
      this.stop();
      if (this.wasAway) this.options.onBack();
    }
  }
}
