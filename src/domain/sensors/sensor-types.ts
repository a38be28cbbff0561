import type { SensorType } from '../../contract/sensor';

const HOUR_MS = 3_600_000;

/** What is known of a kind of sensor. */
export interface SensorKind {
  /** True for what notices something; false for what measures; null for either. */
  readonly notices: boolean | null;
  /** The fields that may carry its value beside `value`: its own, then what Zigbee2MQTT calls it. */
  readonly fields: readonly string[];
  /** Fields that say the opposite of its value: Zigbee2MQTT's `contact` is true for a closed door. */
  readonly opposites: readonly string[];
  /** The unit its numbers are kept in; null: as it says itself. */
  readonly unit: string | null;
  /** What its numbers can be, in that unit; else the reading is refused. */
  readonly range: readonly [number, number];
  /** How finely such a sensor measures; finer digits are noise. Null: nobody knows what it measures. */
  readonly decimals: number | null;
  /** Silent for longer than this, it counts as offline. */
  readonly silentAfterMs: number;
}

const ANY: readonly [number, number] = [-1e9, 1e9];

/** Battery sensors that speak when something happens: as long as Zigbee2MQTT waits for those it calls passive. */
const PASSIVE_MS = 25 * HOUR_MS;
/** What measures has something to say all the time. */
const MEASURING_MS = 3 * HOUR_MS;

function noticing(field: string, ...aliases: string[]): SensorKind {
  return {
    notices: true,
    fields: [field, ...aliases],
    opposites: [],
    unit: null,
    range: ANY,
    decimals: null,
    silentAfterMs: PASSIVE_MS,
  };
}

function measuring(field: string, unit: string, range: readonly [number, number]): SensorKind {
  return {
    notices: false,
    fields: [field],
    opposites: [],
    unit,
    range,
    // The finest household sensors tell hundredths of a degree or percent.
    decimals: 2,
    silentAfterMs: MEASURING_MS,
  };
}

export const SENSOR_KINDS: Readonly<Record<SensorType, SensorKind>> = {
  motion: noticing('motion', 'occupancy'),
  smoke: noticing('smoke'),
  fire: noticing('fire', 'smoke'),
  gas: noticing('gas', 'carbon_monoxide'),
  leak: noticing('leak', 'water_leak'),
  door: { ...noticing('door', 'open'), opposites: ['contact'] },
  window: { ...noticing('window', 'open'), opposites: ['contact'] },
  presence: noticing('presence', 'occupancy'),
  // Colder than absolute zero, or hotter than any house, is a broken sensor.
  temperature: measuring('temperature', '°C', [-273.15, 1000]),
  humidity: measuring('humidity', '%', [0, 100]),
  other: {
    notices: null,
    fields: ['state'],
    opposites: [],
    unit: null,
    range: ANY,
    decimals: null,
    silentAfterMs: PASSIVE_MS,
  },
};
