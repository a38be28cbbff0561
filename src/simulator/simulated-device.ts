import {
  answerDelayMs,
  drawnPowerW,
  isExpired,
  obey,
  readCommand,
  statusMessage,
  type Command,
  type DeviceDescription,
  type DeviceState,
} from './devices';
import { createRandom, type SeededRandom } from './random';
import type { Publish, Surroundings } from './surroundings';

const SWITCHED_BY_HAND_EVERY_MS = 180_000;

/** A device that lives: it takes commands, reports, and is switched by hand now and then. */
export class SimulatedDevice {
  private state: DeviceState;
  private drawnW = 0;
  /** When the answers before are out, by the monotonic clock: a device takes one command after the other. */
  private busyUntilMs = 0;
  private readonly chance: Readonly<Record<'power' | 'answer' | 'hand' | 'double', SeededRandom>>;

  constructor(
    readonly description: DeviceDescription,
    private readonly around: Surroundings,
    private readonly publish: Publish,
  ) {
    const chance = (of: string) => createRandom(around.seed, `device ${description.id} ${of}`);
    this.state = description.initially;
    this.chance = {
      power: chance('power'),
      answer: chance('answer'),
      hand: chance('hand'),
      double: chance('double'),
    };
    this.drawnW = drawnPowerW(description, this.state, this.chance.power);
  }

  get on(): boolean {
    return this.state.on;
  }

  /** What it draws now, by its last word. */
  get powerW(): number {
    return this.isOffline ? 0 : this.drawnW;
  }

  private get isOffline(): boolean {
    return this.description.behaviour === 'offline';
  }

  /** Begins what it does by itself. */
  begin(): void {
    const { timers, pace, seed } = this.around;
    if (this.isOffline) return;
    if (pace.reportEveryMs > 0) {
      const { reportEveryMs } = pace;
      const first = createRandom(seed, `device ${this.description.id} first`).next();
      timers.after(first * reportEveryMs, () => {
        void this.report();
        timers.repeat(
          () => reportEveryMs,
          () => void this.report(),
        );
      });
    }
    if (pace.activity > 0) {
      timers.repeat(
        () => this.chance.hand.untilNext(SWITCHED_BY_HAND_EVERY_MS / pace.activity),
        () => void this.pressSwitch(),
      );
    }
  }

  /** Says that it is there, and how it is; an offline one only that it is not there. */
  async greet(): Promise<void> {
    await this.say(this.isOffline ? 'offline' : 'online');
    if (!this.isOffline) await this.report();
  }

  /** Takes back what it said of itself, as whoever plays it goes: a house without it is as before. */
  async takeLeave(): Promise<void> {
    await this.say('');
  }

  private async say(availability: 'online' | 'offline' | ''): Promise<boolean> {
    const topic = this.around.topics.device(this.description.id, 'availability');
    return this.publish(topic, availability, { qos: 1, retain: true });
  }

  /** Someone switches it by hand. Resolves with whether the broker has its report. */
  async pressSwitch(on = !this.state.on): Promise<boolean> {
    this.state = { ...this.state, on };
    this.around.counters.switchedByHand += 1;
    this.around.emit({ kind: 'switched-by-hand', device: this.description, on });
    return this.isOffline ? false : this.report();
  }

  /** Takes the payload of a command. */
  take(payload: Buffer): void {
    const { counters, clock, timers } = this.around;
    const device = this.description;
    if (this.isOffline) return;
    counters.commandsReceived += 1;
    const command = readCommand(payload);
    if (!command) {
      this.around.emit({ kind: 'command-ignored', device, reason: 'unreadable' });
      return;
    }
    this.around.emit({ kind: 'command-received', device, command });
    if (this.hasExpired(command)) return;
    const delayMs = answerDelayMs(device.behaviour, this.chance.answer);
    if (delayMs === null) {
      this.around.emit({ kind: 'command-ignored', device, reason: 'silent' });
      return;
    }
    const receivedMs = clock.monotonicMs();
    this.busyUntilMs = Math.max(receivedMs, this.busyUntilMs) + delayMs;
    timers.after(this.busyUntilMs - receivedMs, () => void this.answer(command, receivedMs));
  }

  /** Publishes its status, with a power drawn anew. Resolves with whether the broker has it. */
  async report(commandId?: string): Promise<boolean> {
    this.drawnW = drawnPowerW(this.description, this.state, this.chance.power);
    const topic = this.around.topics.device(this.description.id, 'status');
    const message = statusMessage(this.state, this.drawnW, commandId);
    const twice = this.chance.double.chance(this.around.duplicate);
    const arrived = await Promise.all([
      this.send(topic, message),
      ...(twice ? [this.send(topic, message)] : []),
    ]);
    if (twice && arrived[1]) this.around.counters.duplicatesSent += 1;
    return arrived.every(Boolean);
  }

  private async send(topic: string, message: string): Promise<boolean> {
    const arrived = await this.publish(topic, message);
    if (arrived) this.around.counters.statusesSent += 1;
    return arrived;
  }

  private async answer(command: Command, receivedMs: number): Promise<void> {
    const { counters, clock } = this.around;
    // A slow device may come to it too late.
    if (this.hasExpired(command)) return;
    this.state = obey(this.state, command, this.description.behaviour);
    const afterMs = clock.monotonicMs() - receivedMs;
    if (!(await this.report(command.commandId))) return;
    counters.commandsAnswered += 1;
    const { on, powerW, description: device } = this;
    this.around.emit({ kind: 'command-answered', device, command, on, powerW, afterMs });
  }

  private hasExpired(command: Command): boolean {
    if (!isExpired(command, this.around.clock.now())) return false;
    this.around.counters.commandsExpired += 1;
    this.around.emit({
      kind: 'command-ignored',
      device: this.description,
      reason: 'expired',
    });
    return true;
  }
}
