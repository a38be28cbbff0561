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

  /** All that has flowed through it, in kWh: what whoever counts it should come to. */
  get flowedKWh(): number {
    return this.state.flowedKWh;
  }

  /** Goes on from what it was in the past. */
  goOn(state: TriedMeter): void {
    this.state = state;
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
    return this.say(this.meter, now);
  }

  /** Says what it showed at an instant. Resolves with whether the broker has it. */
  async say(shown: MeterState, at: number): Promise<boolean> {
    const { topics, qos, counters } = this.around;
    const message = meterMessage(shown, at, this.random);
    const arrived = await this.publish(topics.meter(this.description.id), message, { qos });
    if (arrived) counters.readingsSent += 1;
    return arrived;
  }
}
