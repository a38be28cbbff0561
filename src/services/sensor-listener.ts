import type { SensorState } from '../domain/sensors/state';
import type { SensorRow } from '../ports/store';

/** A sensor and how it is, as rules look at it. */
export interface Sensing {
  readonly row: SensorRow;
  readonly state: SensorState;
  /** The state before; null when it is only looked at. */
  readonly before: SensorState | null;
  /** It has just spoken; false when it is only looked at, or has fallen silent. */
  readonly spoke: boolean;
}

/** What becomes of a sensor, for whoever depends on it. */
export interface SensorListener {
  /** It spoke, or fell silent. */
  sensed(sensing: Sensing): void;
  /** It is switched off or deleted. */
  gone(sensorId: number): void;
  /** What it may do at the broker has changed, or it is deleted with all that is its own. */
  rightsChanged(sensorId: number, gone: boolean): void;
}
