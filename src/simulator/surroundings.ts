import type { Clock } from '../ports/clock';
import type { PublishOptions } from './connection';
import type { SimulatorEvent } from './events';
import type { Timers } from './timers';
import type { HouseTopics } from './topics';

/** How often things happen by themselves; 0 is never. */
export interface Pace {
  /** How busy people are: 1 is a normal house, 10 a full one. Wall switches, doors, movement. */
  readonly activity: number;
  /** How often each device reports its power. */
  readonly reportEveryMs: number;
  readonly sensorEveryMs: number;
  readonly meterEveryMs: number;
  /** How often a day a meter is not heard for a while, is without power or begins at 0 again. */
  readonly mishapsPerDay: number;
}

/** A house where life goes on. */
export const LIVELY: Pace = {
  activity: 1,
  reportEveryMs: 30_000,
  sensorEveryMs: 60_000,
  meterEveryMs: 10_000,
  mishapsPerDay: 0,
};

/** A house where nothing happens by itself: for tests. */
export const STILL: Pace = {
  activity: 0,
  reportEveryMs: 0,
  sensorEveryMs: 0,
  meterEveryMs: 0,
  mishapsPerDay: 0,
};

/** What has happened since the simulator was made. */
export interface Counters {
  /** Every command that reached a device, also those it ignored. */
  commandsReceived: number;
  commandsAnswered: number;
  commandsExpired: number;
  switchedByHand: number;
  /** Status messages, each duplicate counted. */
  statusesSent: number;
  duplicatesSent: number;
  /** Messages of sensors and meters. */
  readingsSent: number;
}

/** What every simulated thing lives in. */
export interface Surroundings {
  readonly seed: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly topics: HouseTopics;
  readonly pace: Pace;
  /** The share of status messages that are sent twice. */
  readonly duplicate: number;
  /** Of sensors' and meters' messages. */
  readonly qos: 0 | 1;
  readonly counters: Counters;
  emit(event: SimulatorEvent): void;
}

/** Publishes for a thing; resolves with false when it is lost. */
export type Publish = (
  topic: string,
  payload: string,
  options?: PublishOptions,
) => Promise<boolean>;
