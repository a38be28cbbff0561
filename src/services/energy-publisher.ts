import type { Consumption } from '../contract/energy';
import type { Topics } from '../contract/topics';
import type { Clock, Timer } from '../ports/clock';
import type { Logger } from '../ports/logger';
import type { MessageLink } from '../ports/message-link';
import type { Energy } from './energy';
import type { EnergyFigures } from './energy-figures';
import type { EventBus } from './event-bus';
import type { Tariffs } from './tariffs';
import { UNSHARED, type Turns } from './turns';

const AT_MOST_EVERY_MS = 5000;
/** Also when nothing comes in: then the power of a silent meter is over. */
const AT_LEAST_EVERY = 12;

/** What the home draws, for whoever raises an alert when it is too much. */
export interface HomePower {
  /** null: not known. */
  readonly powerW: number | null;
  /** As set by the owner; null: none. */
  readonly thresholdW: number | null;
  readonly at: number;
}

/**
 * Tells what the home uses when it changes, at most every 5 s: as an event, and by MQTT, where of several
 * processes one does.
 */
export class EnergyPublisher {
  private changed = true;
  private ticks = 0;
  private told = '';
  private published = '';
  private timer: Timer | undefined;
  private stopped = false;
  private readonly powerListeners: ((power: HomePower) => void)[] = [];

  constructor(
    private readonly ports: {
      readonly link: MessageLink;
      readonly topics: Topics;
      readonly clock: Clock;
      readonly events: EventBus;
      readonly logger: Logger;
      readonly turns?: Turns;
    },
    private readonly figures: EnergyFigures,
    private readonly tariffs: Tariffs,
    energy: Energy,
  ) {
    energy.onChange(() => (this.changed = true));
    tariffs.onChange(() => (this.changed = true));
    // What is retained must be there for a broker that forgot it.
    ports.link.onConnection((connected) => {
      if (connected) this.published = '';
      this.changed = true;
    });
  }

  /** Called with the home's power whenever something came in, at most every 5 s. */
  onPower(listener: (power: HomePower) => void): void {
    this.powerListeners.push(listener);
  }

  start(): void {
    this.plan();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private plan(): void {
    this.timer = this.ports.clock.schedule(AT_MOST_EVERY_MS, () => {
      this.tick()
        .catch((error: unknown) => this.ports.logger.debug(`No consumption: ${String(error)}`))
        .finally(() => {
          if (!this.stopped) this.plan();
        });
    });
  }

  private async tick(): Promise<void> {
    this.ticks += 1;
    if (!this.changed && this.ticks % AT_LEAST_EVERY !== 0) return;
    this.changed = false;
    await this.tellPower();
    const consumption = await this.figures.consumption();
    if (!this.stopped) await this.tell(consumption);
  }

  private async tellPower(): Promise<void> {
    if (this.powerListeners.length === 0) return;
    const thresholdKW = await this.tariffs.alertThreshold();
    const power = {
      powerW: this.figures.powerNow(),
      thresholdW: thresholdKW === null ? null : thresholdKW * 1000,
      at: this.ports.clock.now(),
    };
    for (const listener of this.powerListeners) listener(power);
  }

  private async tell(consumption: Consumption): Promise<void> {
    const text = JSON.stringify(consumption);
    const { link, topics, events, turns = UNSHARED } = this.ports;
    if (text !== this.told) events.emit('energy.consumption', consumption);
    this.told = text;
    if (text === this.published || !link.connected) return;
    if (!(await turns.atMostEvery('consumption', AT_MOST_EVERY_MS))) {
      this.changed = true;
      return;
    }
    await link.publish(topics.consumption, text, { retain: true });
    this.published = text;
  }
}
