import { AurionError, type ErrorCode } from '../contract/errors';
import type { CommandMessage } from '../contract/messages';
import { DEVICE_TOPICS, type Topics } from '../contract/topics';
import {
  CONFIRM_WITHIN_MS,
  judgeReport,
  type UnderWay,
  type Wanted,
} from '../domain/devices/command';
import type { Report } from '../domain/devices/report';
import type { DeviceState } from '../domain/devices/state';
import { Tally } from '../domain/tally';
import type { Clock } from '../ports/clock';
import type { Random } from '../ports/crypto';
import type { MessageLink } from '../ports/message-link';
import { UNSHARED, type Turns } from './turns';

/**
 * What became of a command: `assumed` where the device never reports and nobody can wait for it,
 * `failed` where it reported the opposite, `expired` where its turn never came, `undelivered` where
 * the broker did not take it.
 */
export type CommandOutcome =
  'confirmed' | 'assumed' | 'failed' | 'timeout' | 'expired' | 'undelivered';

const OUTCOMES: Readonly<Partial<Record<ErrorCode, CommandOutcome>>> = {
  DEVICE_REFUSED: 'failed',
  DEVICE_TIMEOUT: 'timeout',
  BROKER_UNAVAILABLE: 'undelivered',
};

interface Pending extends UnderWay {
  settle(error?: AurionError): void;
}

/** A device as far as a command needs to know it. */
export interface Commanded {
  readonly deviceId: number;
  /** Its key or id in topics. */
  readonly topicId: string;
  /** How it is as the command leaves; nobody can wait for the answer of one that never reported. */
  readonly before: DeviceState;
}

/** Commands on their way: one a device at a time, each confirmed, refused or timed out (QUALITY M8). */
export class DeviceCommands {
  private readonly pending = new Map<number, Pending>();
  private readonly turns = new Map<number, Promise<unknown>>();
  private readonly tally = new Tally<CommandOutcome>();

  constructor(
    private readonly ports: {
      readonly link: MessageLink;
      readonly topics: Topics;
      readonly clock: Clock;
      readonly random: Random;
      readonly turns?: Turns;
    },
  ) {}

  /** How many commands ended how. */
  get outcomes(): Readonly<Partial<Record<CommandOutcome, number>>> {
    return this.tally.counts;
  }

  /**
   * Runs `work` when the commands before it at this device are done. `work` calls `leave` right before
   * its command leaves: what waited for longer than 5 s, for its turn or the store, never does.
   * @throws DEVICE_TIMEOUT when it does not come to leave within 5 s
   */
  inTurn<T>(deviceId: number, work: (leave: () => void) => Promise<T>): Promise<T> {
    const { clock, turns = UNSHARED } = this.ports;
    const before = this.turns.get(deviceId) ?? Promise.resolve();
    const askedMs = clock.monotonicMs();
    const mine = new Promise<T>((resolve, reject) => {
      let expired = false;
      const timer = clock.schedule(CONFIRM_WITHIN_MS, () => {
        expired = true;
        this.tally.add('expired');
        reject(new AurionError('DEVICE_TIMEOUT'));
      });
      // A process that stood still may come here before its timer.
      const isOver = () => expired || clock.monotonicMs() - askedMs > CONFIRM_WITHIN_MS;
      const leave = () => {
        if (isOver()) throw new AurionError('DEVICE_TIMEOUT');
        timer.cancel();
      };
      const take = async () => {
        if (isOver()) return;
        const end = await turns.take(`device:${deviceId}`, CONFIRM_WITHIN_MS);
        // Without it the timer tells.
        if (!end) return;
        try {
          if (isOver()) return;
          await work(leave).then(resolve, reject);
          timer.cancel();
        } finally {
          await end();
        }
      };
      this.turns.set(deviceId, before.then(take).catch(reject));
    });
    const last = this.turns.get(deviceId);
    void last?.then(() => {
      if (this.turns.get(deviceId) === last) this.turns.delete(deviceId);
    });
    return mine;
  }

  /**
   * Publishes a command; resolves when the device has confirmed it, or at once when it never reports.
   * @param onSent called with the command once it has left
   * @throws BROKER_UNAVAILABLE, DEVICE_TIMEOUT, DEVICE_REFUSED
   */
  async send(
    { deviceId, topicId, before }: Commanded,
    wanted: Wanted,
    onSent: (command: CommandMessage) => void = () => undefined,
  ): Promise<void> {
    const { link, topics, clock, random } = this.ports;
    const confirms = !before.assumed;
    const commandId = random.token(12);
    const command: CommandMessage = {
      ...(wanted.status !== undefined && { status: wanted.status }),
      ...wanted.attributes,
      commandId,
      expiresAt: new Date(clock.now() + CONFIRM_WITHIN_MS).toISOString(),
    };
    // Listening begins before the command leaves: a quick device answers first.
    const settled = this.pend(deviceId, { wanted, commandId, before }, confirms);
    const settle = (error?: AurionError) => {
      const pending = this.pending.get(deviceId);
      if (pending?.commandId === commandId) pending.settle(error);
    };
    const { qos } = DEVICE_TOPICS.command;
    link.publish(topics.device(topicId, 'command'), JSON.stringify(command), { qos }).then(
      () => {
        onSent(command);
        if (!confirms) settle();
      },
      (cause: unknown) => settle(new AurionError('BROKER_UNAVAILABLE', { cause })),
    );
    await settled;
  }

  isUnderWay(deviceId: number): boolean {
    return this.pending.has(deviceId);
  }

  /**
   * Tells the command under way what its device has just reported.
   * @param after the device's state with the report in it
   */
  heard(deviceId: number, report: Report, after: DeviceState): void {
    const pending = this.pending.get(deviceId);
    if (!pending) return;
    const judgement = judgeReport(pending, report, after);
    if (judgement === 'confirmed') pending.settle();
    if (judgement === 'refused') pending.settle(new AurionError('DEVICE_REFUSED'));
  }

  /** Resolves or rejects when the command is settled, after 5 s by itself. */
  private pend(deviceId: number, underWay: UnderWay, confirms: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: AurionError) => {
        timer.cancel();
        this.pending.delete(deviceId);
        const outcome = error ? OUTCOMES[error.code] : confirms ? 'confirmed' : 'assumed';
        if (outcome) this.tally.add(outcome);
        if (error) reject(error);
        else resolve();
      };
      const timer = this.ports.clock.schedule(CONFIRM_WITHIN_MS, () =>
        settle(new AurionError('DEVICE_TIMEOUT')),
      );
      this.pending.set(deviceId, { ...underWay, settle });
    });
  }
}
