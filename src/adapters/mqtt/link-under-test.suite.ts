import { FakeClock, settled } from '../../../test/support/fake-clock';
import { memoryLogger } from '../../../test/support/test-store';
import type { MessageLink } from '../../ports/message-link';
import { until } from './message-link.suite';
import { createMqttLink, type MqttLinkOptions } from './mqtt-link';

export const STATUS = 'aurion/status';
const STEP_MS = 500;
const TURNS = 50;
export const TOPICS = ['aurion/devices/+/status', 'aurion/devices/+/availability'];

/** A link whose waits are known: each is as long as it may be, and counted. */
export class LinkUnderTest {
  readonly clock = new FakeClock();
  readonly logger = memoryLogger();
  readonly changes: boolean[] = [];
  readonly waits: number[] = [];
  readonly link: MessageLink;
  private isWait = false;
  private seen = 0;

  constructor(url: string, options: Partial<MqttLinkOptions> = {}) {
    const { clock, logger } = this;
    this.link = createMqttLink({
      ...{ url, clientId: 'aurion-test', topics: TOPICS, statusTopic: STATUS, logger },
      clock: {
        now: clock.now,
        monotonicMs: clock.monotonicMs,
        schedule: (ms, callback) => {
          const timer = clock.schedule(ms, callback);
          if (this.isWait) this.waits.push(ms);
          this.isWait = false;
          return timer;
        },
      },
      // It is asked for nothing but the length of a wait.
      random: () => {
        this.isWait = true;
        return 1;
      },
      ...options,
    });
    this.link.onConnection((connected) => void this.changes.push(connected));
  }

  /** Runs the wait that is on, as far as is needed; resolves when the link is connected, with the time that took. */
  async reconnect(): Promise<number> {
    await until(() => !this.link.connected && this.waits.length > this.seen);
    this.seen = this.waits.length;
    const wait = this.waits.at(-1)!;
    let waited = 0;
    const isBack = () => this.link.connected;
    while (waited < wait && !isBack()) {
      const step = Math.min(STEP_MS, wait - waited);
      await this.clock.advance(step);
      waited += step;
      // What an attempt needs of the network, before more of its time is over.
      for (let turn = 0; turn < TURNS && !isBack(); turn += 1) await settled();
    }
    await until(() => this.link.connected);
    return waited;
  }

  /** Runs the wait that is on; resolves when the next one is. */
  async failAgain(): Promise<void> {
    const count = this.waits.length;
    this.seen = count;
    await this.clock.advance(this.waits.at(-1)!);
    await until(() => this.waits.length > count);
  }
}
