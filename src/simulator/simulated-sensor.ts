import type { Timer } from '../ports/clock';
import { createRandom, type SeededRandom } from './random';
import {
  afterMessage,
  initialSensor,
  isNoticing,
  lastsMs,
  measured,
  sensorMessage,
  untilEventMs,
  type SensorDescription,
  type SensorState,
  type SensorValue,
} from './sensors';
import type { Publish, Surroundings } from './surroundings';

/** A sensor that lives: it says what it notices at once, and how it is from time to time. */
export class SimulatedSensor {
  private state: SensorState;
  private calm: Timer | undefined;
  private readonly chance: Readonly<Record<'value' | 'events', SeededRandom>>;

  constructor(
    readonly description: SensorDescription,
    private readonly around: Surroundings,
    private readonly publish: Publish,
  ) {
    this.state = initialSensor(description);
    this.chance = {
      value: createRandom(around.seed, `sensor ${description.id} value`),
      events: createRandom(around.seed, `sensor ${description.id} events`),
    };
  }

  /** Says how it is, and begins what it does by itself. */
  begin(): void {
    const { timers, pace } = this.around;
    const { type } = this.description;
    if (pace.sensorEveryMs > 0) {
      void this.sense();
      timers.repeat(
        () => pace.sensorEveryMs,
        () => void this.sense(),
      );
    }
    if (pace.activity > 0 && isNoticing(type)) {
      timers.repeat(
        () => untilEventMs(type, pace.activity, this.chance.events),
        () => void this.notice(true),
      );
    }
  }

  /**
   * Makes it notice something, or measure this value. What is noticed ends by itself after a while.
   * Resolves with whether the broker has its message.
   */
  async notice(value: SensorValue): Promise<boolean> {
    const { type } = this.description;
    this.calm?.cancel();
    this.calm = undefined;
    if (value === true && isNoticing(type)) {
      this.calm = this.around.timers.after(
        lastsMs(type, this.chance.events),
        () => void this.notice(false),
      );
    }
    if (this.state.value !== value || !isNoticing(type)) {
      this.around.emit({ kind: 'sensed', sensor: this.description, value });
    }
    return this.send(value);
  }

  /** Its battery falls to so many %, and it says so. Resolves with whether the broker has its message. */
  async drain(batteryPercent: number): Promise<boolean> {
    this.state = { ...this.state, battery: Math.min(this.state.battery, batteryPercent) };
    this.around.emit({ kind: 'drained', sensor: this.description, batteryPercent });
    return this.send(this.state.value);
  }

  /** What it says without being asked: the same as before, or what it measures now. */
  private async sense(): Promise<boolean> {
    const { type, offset } = this.description;
    if (isNoticing(type)) return this.send(this.state.value);
    const value = measured(type, offset, this.around.clock.now(), this.chance.value);
    this.around.emit({ kind: 'sensed', sensor: this.description, value });
    return this.send(value);
  }

  private async send(value: SensorValue): Promise<boolean> {
    const { topics, clock, qos, counters } = this.around;
    const { id, type } = this.description;
    this.state = afterMessage(this.state, value);
    const message = sensorMessage(type, this.state, clock.now());
    const arrived = await this.publish(topics.sensor(id), message, { qos });
    if (arrived) counters.readingsSent += 1;
    return arrived;
  }
}
