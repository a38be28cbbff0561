import {
  initialMeter,
  measuredPowerW,
  meterMessage,
  nextReading,
  type MeterDescription,
  type MeterState,
} from './meters';
import { createRandom, type SeededRandom } from './random';
import type { Publish, Surroundings } from './surroundings';

/** A meter that lives: it says power and counter at a steady pace. */
export class SimulatedMeter {
  private state: MeterState;
  private readAtMs: number;
  private readonly chance: SeededRandom;

  /** @param devicesW what the simulated devices draw together now */
  constructor(
    readonly description: MeterDescription,
    private readonly around: Surroundings,
    private readonly publish: Publish,
    private readonly devicesW: () => number,
  ) {
    this.state = initialMeter(description);
    this.readAtMs = around.clock.monotonicMs();
    this.chance = createRandom(around.seed, `meter ${description.id} values`);
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

  /** Reads it now. Resolves with whether the broker has its message. */
  async read(): Promise<boolean> {
    const { clock, topics, qos, counters } = this.around;
    const meter = this.description;
    const [now, monotonicMs] = [clock.now(), clock.monotonicMs()];
    const powerW = measuredPowerW(meter, { now, devicesW: this.devicesW() }, this.chance);
    this.state = nextReading(this.state, monotonicMs - this.readAtMs, powerW);
    this.readAtMs = monotonicMs;
    const message = meterMessage(this.state, now, this.chance);
    const { energyKWh } = this.state;
    this.around.emit({ kind: 'metered', meter, powerW, energyKWh });
    const arrived = await this.publish(topics.meter(meter.id), message, { qos });
    if (arrived) counters.readingsSent += 1;
    return arrived;
  }
}
