import { isDeepStrictEqual } from 'node:util';
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
import { isNoValue, numberOf, quantityOf, rounded, truthOf, withoutNoise } from '../intake/values';
import { SENSOR_KINDS } from './sensor-types';
import { normalised } from './units';
import { noticedIn, type Sense } from './words';

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

/** A message that says how its battery is, and nothing of its value. */
export interface BatteryMessage {
  readonly value: null;
  readonly unit: null;
  /** In %. */
  readonly battery: number | null;
  readonly timestamp: number | null;
  readonly leftOut: readonly LeftOut[];
}

type Value = Pick<SensorMessage, 'value' | 'unit'>;

/**
 * Reads a sensor's message, whichever way it came: `value`, or the field of its type, in a unit Aurion
 * knows. Names count in any spelling. Plain fields it does not know are left alone; sensors say many things.
 * @param fields as `parseFields` and `assertFields` let them through
 * @param arrivedAt milliseconds since 1970
 * @throws RefusedMessage if it says neither a value nor a battery that is understood
 */
export function readSensorMessage(
  type: SensorType,
  fields: Readonly<Record<string, unknown>>,
  arrivedAt: number,
): SensorMessage | BatteryMessage {
  const kind = SENSOR_KINDS[type];
  const reader = new MessageReader(fields, arrivedAt);
  const said =
    kind.notices === true ? noticed(type, fields, reader) : measured(type, fields, reader);
  const battery = reader.battery();
  if (!said && battery === null) {
    const [name = type] = kind.fields;
    throw reader.nothing({
      fr: `il manque value ou ${name}`,
      en: `neither value nor ${name} is given`,
    });
  }
  const { at: timestamp, problem } = reader.timestamp();
  const seq = reader.seq();
  reader.rest();
  const { leftOut } = reader;
  return said
    ? { ...said, battery, timestamp, doubted: problem !== null, seq, leftOut }
    : { value: null, unit: null, battery, timestamp, leftOut };
}

/** Finds which of a message's fields are called by some names, in any spelling, in the order of the names. */
function spellingsIn(
  fields: Readonly<Record<string, unknown>>,
): (names: readonly string[]) => string[] {
  const all = new Map<string, string[]>();
  for (const field of Object.keys(fields)) {
    const name = bare(field);
    all.set(name, [...(all.get(name) ?? []), field]);
  }
  return (names) => [...new Set(names.map(bare))].flatMap((name) => all.get(name) ?? []);
}

/** A name without what only spells it: `waterLeak`, `WATER_LEAK` and `water-leak` are one. */
function bare(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, '');
}

/**
 * What a sensor that notices says: yes if any of its names says so, whatever the others say (QUALITY M15).
 * Those of its own that say no beside it are left out, so that it shows.
 */
function noticed(
  type: SensorType,
  fields: Readonly<Record<string, unknown>>,
  reader: MessageReader,
): Value | null {
  const spelled = spellingsIn(fields);
  const { fields: names, opposites, relatives, fallBacks, amounts, words } = SENSOR_KINDS[type];
  const own = spelled(['value', ...names, ...opposites]);
  const inverted = new Set(spelled(opposites));
  const counting = new Set(spelled(amounts));
  const read = (field: string, sense: Sense) =>
    noticedIn(fields[field], { ofKind: words, sense, numbersToo: !counting.has(field) });
  const answers = reader.every(own, (_, field): Parsed<boolean> => {
    return read(field, inverted.has(field) ? 'opposite' : 'own') ?? NOT_NOTICED;
  });
  const beside = [
    ...spelled(relatives).filter((field) => read(field, 'own')?.value === true),
    ...spelled(fallBacks).filter((field) => {
      const found = read(field, 'fall-back');
      // Beside its own word, `on` may be anything.
      return found !== null && (answers.length === 0 || (found.value && found.telling));
    }),
  ];
  const others = reader.every(
    beside,
    (_, field): Parsed<boolean> => read(field, 'own') ?? NOT_NOTICED,
  );
  const [first, ...more] = [...answers, ...others];
  if (!first) return null;
  const yes = [first, ...more].find(({ value }) => value);
  if (!yes) return { value: false, unit: null };
  for (const { field, value } of answers)
    if (!value) reader.leaveOut(field, contradicted(yes.field));
  return { value: true, unit: null };
}

/** What a sensor that measures, or may do either, says: by the first name that says something. */
function measured(
  type: SensorType,
  fields: Readonly<Record<string, unknown>>,
  reader: MessageReader,
): Value | null {
  const { notices, fields: names } = SENSOR_KINDS[type];
  const spelled = spellingsIn(fields);
  const unitOf = unitsIn(type, fields);
  const found = reader.first(spelled(['value', ...names]), (said, field): Parsed<Value> => {
    // 1 and 0 are no yes and no where a number can be meant.
    const truth = notices === null ? truthOf(said, false) : null;
    if (truth !== null) return { value: { value: truth, unit: null } };
    if (notices === null) {
      const number = numberOf(said);
      return number === null ? NOT_A_NUMBER : readNumber(type, number, unitOf(field));
    }
    const quantity = quantityOf(said);
    if (!quantity) return NOT_A_NUMBER;
    const { number, unit } = quantity;
    const beside = unitOf(field);
    const read = readNumber(type, number, unit ?? beside);
    if (unit === null || beside === undefined) return read;
    // Two units: only if they say the same.
    return isDeepStrictEqual(read, readNumber(type, number, beside)) ? read : notIn(type, beside);
  });
  return found?.value ?? null;
}

/** The unit a field's number is said in: `unit`, or one that belongs to the field. */
function unitsIn(
  type: SensorType,
  fields: Readonly<Record<string, unknown>>,
): (field: string) => unknown {
  const spelled = spellingsIn(fields);
  const ofType = type === 'temperature' ? ['temperature_unit', 'units', 'scale'] : [];
  return (field) =>
    spelled(['unit', `${field}_unit`, ...ofType])
      .map((name) => fields[name])
      .find((unit) => !isNoValue(unit));
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

/** Why the no of one name does not count. */
function contradicted(by: string): Unfit {
  const name = printable(by, 40);
  return {
    reason: 'contradicted',
    detail: { fr: `dit non, et ${name} dit oui`, en: `says no, and ${name} says yes` },
  };
}

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
