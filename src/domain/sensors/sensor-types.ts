import type { SensorType } from '../../contract/sensor';
import type { Words } from './words';

const HOUR_MS = 3_600_000;

/** What is known of a kind of sensor. */
export interface SensorKind {
  /** True for what notices something; false for what measures; null for either. */
  readonly notices: boolean | null;
  /** The fields that may carry its value beside `value`, in any spelling: its own name, then others for it. */
  readonly fields: readonly string[];
  /** Fields that say the opposite of its value: Zigbee2MQTT's `contact` is true for a closed door. */
  readonly opposites: readonly string[];
  /** What a sensor that is several in one may notice, too: a yes of theirs is its own, a no is not. */
  readonly relatives: readonly string[];
  /** Names that are heard only if they hold a word for yes or no. */
  readonly fallBacks: readonly string[];
  /** Fields in which 1 and 0 may be an amount, and so are no yes and no. */
  readonly amounts: readonly string[];
  /** What it says for yes and no beside the words that all have. */
  readonly words: Words;
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

const PLAIN: Omit<SensorKind, 'notices' | 'fields'> = {
  opposites: [],
  relatives: [],
  fallBacks: [],
  amounts: [],
  words: { yes: [], no: [] },
  unit: null,
  range: ANY,
  decimals: null,
  silentAfterMs: PASSIVE_MS,
};

type Noticing = Partial<
  Pick<SensorKind, 'opposites' | 'relatives' | 'fallBacks' | 'amounts' | 'words'>
>;

function noticing(fields: readonly string[], more: Noticing = {}): SensorKind {
  return {
    ...PLAIN,
    notices: true,
    fields,
    fallBacks: ['state', 'status', 'alarm'],
    ...more,
  };
}

function measuring(
  fields: readonly string[],
  unit: string,
  range: readonly [number, number],
): SensorKind {
  return {
    ...PLAIN,
    notices: false,
    fields,
    unit,
    range,
    // The finest household sensors tell hundredths of a degree or percent.
    decimals: 2,
    silentAfterMs: MEASURING_MS,
  };
}

/** The types that warn of danger to life and house. */
export const DANGERS: ReadonlySet<SensorType> = new Set(['smoke', 'fire', 'gas', 'leak']);

const SMOKE = ['smoke', 'smoke_detected'];
const FIRE = ['fire', 'heat'];
const GAS = ['gas', 'carbon_monoxide', 'co'];
/** In ppm or degrees they are amounts. */
const LIFE_SAFETY: Noticing = { amounts: ['co', 'heat'], fallBacks: ['state', 'status'] };
const THERE: Noticing = { words: { yes: ['present', 'occupied'], no: [] } };
const OPENING: Noticing = {
  opposites: ['contact'],
  amounts: ['opening'],
  words: { yes: ['open', 'opened'], no: ['closed', 'close'] },
};

export const SENSOR_KINDS: Readonly<Record<SensorType, SensorKind>> = {
  motion: noticing(['motion', 'occupancy'], { ...THERE, relatives: ['presence'] }),
  // Detectors are often several in one, and whoever sleeps is to wake whatever it is.
  smoke: noticing([...SMOKE, 'alarm'], { ...LIFE_SAFETY, relatives: [...FIRE, ...GAS] }),
  fire: noticing([...FIRE, ...SMOKE, 'alarm'], { ...LIFE_SAFETY, relatives: GAS }),
  gas: noticing([...GAS, 'alarm'], { ...LIFE_SAFETY, relatives: [...SMOKE, ...FIRE] }),
  leak: noticing(['leak', 'water_leak', 'flood', 'moisture', 'water', 'alarm'], {
    amounts: ['moisture', 'water'],
    fallBacks: ['state', 'status'],
    words: { yes: ['wet'], no: ['dry'] },
  }),
  door: noticing(['door', 'open', 'opened', 'opening', 'window'], OPENING),
  window: noticing(['window', 'open', 'opened', 'opening', 'door'], OPENING),
  presence: noticing(['presence', 'occupancy'], { ...THERE, relatives: ['motion'] }),
  // Colder than absolute zero, or hotter than any house, is a broken sensor.
  temperature: measuring(['temperature', 'temp'], '°C', [-273.15, 1000]),
  humidity: measuring(['humidity'], '%', [0, 100]),
  other: { ...PLAIN, notices: null, fields: ['state'] },
};
