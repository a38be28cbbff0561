import type { SensorType, SensorValue } from '../../contract/sensor';
import { printable } from '../../contract/safe-input';
import type { LeftOut } from '../intake/left-out';
import {
  MessageReader,
  NOT_A_NUMBER,
  within,
  type Parsed,
  type Unfit,
} from '../intake/message-reader';
import { isNoValue, numberOf, rounded, truthOf, withoutNoise } from '../intake/values';
import { SENSOR_KINDS } from './sensor-types';
import { normalised } from './units';

/** What a sensor said in one message. */
export interface SensorMessage {
  readonly value: SensorValue;
  /** The unit its value is in now; null for what notices. */
  readonly unit: string | null;
  /** In %. */
  readonly battery: number | null;
  /** When it was read, by the sensor's clock if that is believed: milliseconds since 1970. */
  readonly timestamp: number | null;
  /** It named a time that is not believed. */
  readonly doubted: boolean;
  readonly seq: number | null;
  /** What made no sense in it (QUALITY M16). */
  readonly leftOut: readonly LeftOut[];
}

type Value = Pick<SensorMessage, 'value' | 'unit'>;

/**
 * Reads a sensor's message, whichever way it came: `value`, or the field of its type, in a unit Aurion
 * knows. Plain fields it does not know are left alone; sensors say many things.
 * @param fields as `parseFields` and `assertFields` let them through
 * @param arrivedAt milliseconds since 1970
 * @throws RefusedMessage if it says no value that is understood
 */
export function readSensorMessage(
  type: SensorType,
  fields: Readonly<Record<string, unknown>>,
  arrivedAt: number,
): SensorMessage {
  const { fields: names, opposites } = SENSOR_KINDS[type];
  const reader = new MessageReader(fields, arrivedAt);
  const unitOf = unitsIn(fields);
  const said = reader.first(['value', ...names, ...opposites], (value, field) =>
    readValue(type, value, unitOf(field), opposites.includes(field)),
  );
  if (!said) {
    throw reader.nothing({
      fr: `il manque value ou ${names[0] ?? type}`,
      en: `neither value nor ${names[0] ?? type} is given`,
    });
  }
  const battery = reader.battery();
  const { at: timestamp, problem } = reader.timestamp();
  const seq = reader.seq();
  reader.rest();
  const { leftOut } = reader;
  return { ...said.value, battery, timestamp, doubted: problem !== null, seq, leftOut };
}

/** The unit a field's number is said in: `unit`, or one that belongs to the field. */
function unitsIn(fields: Readonly<Record<string, unknown>>): (field: string) => unknown {
  return (field) =>
    ['unit', `${field}Unit`, `${field}_unit`]
      .filter((name) => Object.hasOwn(fields, name))
      .map((name) => fields[name])
      .find((unit) => !isNoValue(unit));
}

function readValue(
  type: SensorType,
  said: unknown,
  unit: unknown,
  isOpposite: boolean,
): Parsed<Value> {
  const { notices } = SENSOR_KINDS[type];
  // 1 and 0 are yes and no only where nothing else can be meant.
  const noticed = notices === false ? null : truthOf(said, notices === true);
  if (noticed !== null) return { value: { value: noticed !== isOpposite, unit: null } };
  if (notices === true) return NOT_NOTICED;
  const number = numberOf(said);
  return number === null ? NOT_A_NUMBER : readNumber(type, number, unit);
}

function readNumber(type: SensorType, said: number, unit: unknown): Parsed<Value> {
  const kind = SENSOR_KINDS[type];
  const kept =
    unit === undefined
      ? { value: said, unit: kind.unit }
      : typeof unit === 'string'
        ? normalised(said, unit)
        : null;
  if (!kept || (kind.unit !== null && kept.unit !== kind.unit)) return notIn(type, unit);
  const [min, max] = kind.range;
  const value =
    kind.decimals === null ? withoutNoise(kept.value) : rounded(kept.value, kind.decimals);
  const checked = within(value, { min, max });
  return 'value' in checked ? { value: { value: checked.value, unit: kept.unit } } : checked;
}

const NOT_NOTICED: Unfit = {
  reason: 'wrong-type',
  detail: { fr: 'ni true ni false', en: 'not true or false' },
};

function notIn(type: SensorType, unit: unknown): Unfit {
  const named = typeof unit === 'string' ? printable(unit, 20) : 'JSON';
  return {
    reason: 'unknown-unit',
    detail: {
      fr: `un capteur « ${type} » ne se lit pas dans l'unité ${named}`,
      en: `a sensor of type ${type} is not read in the unit ${named}`,
    },
  };
}
