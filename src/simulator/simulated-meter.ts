import {
  initialMeter,
  measuredPowerW,
  meterMessage,
  type MeterDescription,
  type MeterState,
} from './meters';
import { live, tried, type TriedMeter } from './mishaps';
import { createRandom, type SeededRandom } from './random';
import type { Publish, Surroundings } from './surroundings';

/** A meter that lives: it says power and counter at a steady pace. */
export class SimulatedMeter {
  private state: TriedMeter;
  private readAtMs: number;
  readonly random: SeededRandom;

  /** @param devicesW what the simulated devices draw together now */
  constructor(
    readonly description: MeterDescription,
    private readonly around: Surroundings,
    private readonly publish: Publish,
    private readonly devicesW: () => number,
  ) {
    this.state = tried(initialMeter(description), around.clock.now());
    this.readAtMs = around.clock.monotonicMs();
    this.random = createRandom(around.seed, `meter ${description.id} values`);
  }

  /** What it shows. */
  get meter(): MeterState {
    return this.state.meter;
  }

  /** Says what it showed in the past; it goes on from there. Resolves with whether the broker has it. */
  tell(meter: MeterState, at: number): Promise<boolean> {
    this.state = tried(meter, at);
    return this.say(at);
  }

  /** Says its first reading, and goes on. */
  begin(): void {
    const { timers, pace } = this.around;
    if (pace.meterEveryMs <= 0) return;
    void this.read();
    timers.repeat(
      () => pace.meterEveryMs,
      () => void this.read(),
    );
  }

  /** Reads it now. Resolves with whether the broker has its message, if it has one to say. */
  async read(): Promise<boolean> {
    const { clock, pace } = this.around;
    const [now, monotonicMs] = [clock.now(), clock.monotonicMs()];
    const surroundings = { now, devicesW: this.devicesW() };
    const powerW = measuredPowerW(this.description, surroundings, this.random);
    const elapsedMs = monotonicMs - this.readAtMs;
    this.readAtMs = monotonicMs;
    const step = live(this.state, { now, elapsedMs, powerW }, pace.mishapsPerDay, this.random);
    this.state = step.state;
    if (!step.heard) return true;
    const meter = this.description;
    const { energyKWh } = this.meter;
    this.around.emit({ kind: 'metered', meter, powerW, energyKWh });
    return this.say(now);
  }

  private async say(at: number): Promise<boolean> {
    const { topics, qos, counters } = this.around;
    const message = meterMessage(this.meter, at, this.random);
    const arrived = await this.publish(topics.meter(this.description.id), message, { qos });
    if (arrived) counters.readingsSent += 1;
    return arrived;
  }
}
