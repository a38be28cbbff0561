import type { Language } from '../contract/language';
import { demoHome, type DemoDevice, type DemoSensor } from '../domain/demo-home';
import type { Behaviour, DeviceDescription, SwitchableType } from './devices';
import type { MeterDescription } from './meters';
import { createRandom, type SeededRandom } from './random';
import { round } from './rounding';
import { isNoticing, type SensorDescription, type SensorType } from './sensors';

/** What a house is made from; what is left out is the demo home, well-behaved. */
export interface HouseOptions {
  readonly seed?: number;
  /** Of the demo home's names; `fr`, as Aurion's is. */
  readonly language?: Language;
  /** How many in all: the first 3 are the demo home's, the others have keys such as `sim-light-4`. */
  readonly devices?: number;
  /** How many in all: the first 2 are the demo home's, the others have keys such as `sim-door-5`. */
  readonly sensors?: number;
  /** `sim-meter-1` measures the whole house, the others parts of it. */
  readonly meters?: number;
  /** Shares of the devices, 0 to 1, together at most 1; above 0 is at least one device, if any is left. */
  readonly shares?: Readonly<Partial<Record<Misbehaviour, number>>>;
}

export type Misbehaviour = Exclude<Behaviour, 'normal'>;

/** Everything in a house, before anything happens. Plain data: change it to taste. */
export interface House {
  /** All chance in the house comes from it. */
  readonly seed: number;
  readonly devices: readonly DeviceDescription[];
  readonly sensors: readonly SensorDescription[];
  readonly meters: readonly MeterDescription[];
}

/** An option that makes no house; the message says which and why. */
export class InvalidHouse extends Error {
  override readonly name = 'InvalidHouse';
}

export const COUNT_MAX = 100_000;
export const MISBEHAVIOURS = ['offline', 'silent', 'contrary', 'slow'] as const;

type Plain = Omit<DeviceDescription, 'behaviour'>;

const DEVICE_TYPES = ['light', 'climate', 'fan', 'entertainment', 'appliance'] as const;
const SENSOR_TYPES = [
  'motion',
  'smoke',
  'temperature',
  'humidity',
  'door',
  'window',
  'presence',
  'leak',
  'gas',
  'fire',
] as const satisfies readonly SensorType[];
const ROOMS = ['Salon', 'Chambre', 'Cuisine', 'Entrée', 'Bureau', 'Terrasse'] as const;
const NOMINAL_W: Readonly<Record<SwitchableType, [number, number]>> = {
  light: [5, 100],
  climate: [800, 2000],
  fan: [30, 80],
  entertainment: [60, 250],
  appliance: [100, 2200],
  other: [10, 500],
};

/**
 * Makes a house: the same options, the same house. A device or sensor is the same however many others
 * there are.
 * @throws InvalidHouse
 */
export function makeHouse(options: HouseOptions = {}): House {
  const { seed = 1, language = 'fr', shares = {} } = options;
  if (!Number.isSafeInteger(seed)) throw new InvalidHouse('seed must be a whole number');
  const demo = demoHome(language);
  const devices = count('devices', options.devices ?? demo.devices.length, (index) =>
    makeDevice(seed, index, demo.devices),
  );
  const misbehaving = chooseMisbehaving(
    devices.map(({ id }) => id),
    shares,
    createRandom(seed, 'behaviours'),
  );
  return {
    seed,
    devices: devices.map((device) => ({
      ...device,
      behaviour: misbehaving.get(device.id) ?? 'normal',
    })),
    sensors: count('sensors', options.sensors ?? demo.sensors.length, (index) =>
      makeSensor(seed, index, demo.sensors),
    ),
    meters: count('meters', options.meters ?? 0, (index) => makeMeter(seed, index)),
  };
}

/** The house with one device that behaves so. @throws InvalidHouse when there is no such device */
export function withBehaviour(house: House, id: string, behaviour: Behaviour): House {
  if (!house.devices.some((device) => device.id === id)) {
    throw new InvalidHouse(`there is no device ${id} in the house`);
  }
  return {
    ...house,
    devices: house.devices.map((device) => (device.id === id ? { ...device, behaviour } : device)),
  };
}

function attributesOf(type: SwitchableType): DeviceDescription['initially']['attributes'] {
  if (type === 'light') return { brightness: 100 };
  return type === 'climate' ? { temperature: 24 } : {};
}

function count<T>(what: string, number: number, make: (index: number) => T): T[] {
  if (!Number.isInteger(number) || number < 0 || number > COUNT_MAX) {
    throw new InvalidHouse(`${what} must be a whole number from 0 to ${COUNT_MAX}`);
  }
  return Array.from({ length: number }, (_, index) => make(index));
}

function makeDevice(seed: number, index: number, demo: readonly DemoDevice[]): Plain {
  const known = demo[index];
  if (known) {
    const { name, type, room, power, on } = known;
    const attributes = attributesOf(type);
    return {
      id: String(index + 1),
      name,
      type,
      room,
      powerW: power,
      initially: { on, attributes },
    };
  }
  const type = DEVICE_TYPES[(index - demo.length) % DEVICE_TYPES.length] ?? 'other';
  const id = `sim-${type}-${index + 1}`;
  const random = createRandom(seed, `device ${id}`);
  return {
    id,
    name: id,
    type,
    room: random.pick(ROOMS),
    powerW: Math.round(random.between(...NOMINAL_W[type])),
    initially: { on: random.chance(0.4), attributes: attributesOf(type) },
  };
}

function makeSensor(seed: number, index: number, demo: readonly DemoSensor[]): SensorDescription {
  const known = demo[index];
  if (known) return { ...known, id: String(index + 1), offset: 0 };
  const type = SENSOR_TYPES[index % SENSOR_TYPES.length] ?? 'motion';
  const id = `sim-${type}-${index + 1}`;
  const random = createRandom(seed, `sensor ${id}`);
  return {
    id,
    name: id,
    type,
    location: random.pick(ROOMS),
    battery: Math.round(random.between(55, 100)),
    offset: isNoticing(type) ? 0 : round(random.between(-2, 2), 1),
  };
}

function makeMeter(seed: number, index: number): MeterDescription {
  const id = `sim-meter-${index + 1}`;
  const random = createRandom(seed, `meter ${id}`);
  const wholeHouse = index === 0;
  return {
    id,
    name: id,
    wholeHouse,
    share: wholeHouse ? 1 : round(random.between(0.1, 0.4), 2),
    startKWh: Math.round(random.between(1000, 9000)),
  };
}

function chooseMisbehaving(
  ids: readonly string[],
  shares: NonNullable<HouseOptions['shares']>,
  random: SeededRandom,
): ReadonlyMap<string, Misbehaviour> {
  let sum = 0;
  for (const behaviour of MISBEHAVIOURS) {
    const share = shares[behaviour] ?? 0;
    if (!(share >= 0 && share <= 1)) throw new InvalidHouse(`${behaviour} must be from 0 to 1`);
    sum += share;
  }
  // Ten shares of 0.1 are a little more than 1.
  if (sum > 1 + 1e-9) throw new InvalidHouse(`${MISBEHAVIOURS.join(', ')}: together at most 1`);
  const left = random.shuffle(ids);
  return new Map(
    MISBEHAVIOURS.flatMap((behaviour) => {
      const share = shares[behaviour] ?? 0;
      const wanted = share > 0 ? Math.max(1, Math.round(share * ids.length)) : 0;
      return left.splice(0, wanted).map((id) => [id, behaviour] as const);
    }),
  );
}
