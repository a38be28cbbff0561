import type { SensorType, SensorValue } from '../../contract/sensor';
import { printable } from '../../contract/safe-input';
import { parseFields } from '../intake/payload';
import { RefusedMessage } from '../intake/refused-message';
import { SENSOR_KINDS } from './sensor-types';
import { normalised } from './units';

/** What a sensor said in one message. */
export interface SensorMessage {
  readonly value: SensorValue;
  /** The unit its value is in now; null for what notices. */
  readonly unit: string | null;
  /** In %. */
  readonly battery: number | null;
  /** When it was read, by the sensor's clock: milliseconds since 1970. */
  readonly timestamp: number | null;
  readonly seq: number | null;
}

const FIELDS_MAX = 64;
/** What a battery that is said to be low, and nothing more, is taken for. */
const LOW_BATTERY_PERCENT = 10;

/**
 * Reads the payload of a sensor's message: `value`, or the field of its type, in a unit Aurion knows.
 * Fields it does not know are left alone; sensors say many things.
 * @throws RefusedMessage
 */
export function readSensorMessage(type: SensorType, payload: Buffer): SensorMessage {
  const fields = parseFields(payload);
  if (Object.keys(fields).length > FIELDS_MAX) {
    throw new RefusedMessage('wrong-type', {
      fr: `plus de ${FIELDS_MAX} champs`,
      en: `more than ${FIELDS_MAX} fields`,
    });
  }
  return {
    ...readValue(type, fields),
    battery: readBattery(fields),
    timestamp: readTimestamp(fields['timestamp']),
    seq: readSeq(fields['seq']),
  };
}

function readValue(
  type: SensorType,
  fields: Record<string, unknown>,
): Pick<SensorMessage, 'value' | 'unit'> {
  const { fields: names, opposites, notices } = SENSOR_KINDS[type];
  const name = ['value', ...names, ...opposites].find((field) => Object.hasOwn(fields, field));
  if (name === undefined) {
    throw new RefusedMessage('wrong-type', {
      fr: `il manque value ou ${names[0] ?? type}`,
      en: `neither value nor ${names[0] ?? type} is given`,
    });
  }
  const said = fields[name];
  if (notices !== false) {
    const noticed = readNoticed(said, notices === true);
    if (noticed !== null) return { value: noticed !== opposites.includes(name), unit: null };
  }
  // JSON has no NaN or Infinity, but 1e999 is one, and flows speak of them.
  if (notices === true || typeof said !== 'number' || !Number.isFinite(said)) {
    throw new RefusedMessage(
      'wrong-type',
      notices === true
        ? { fr: `${name} n'est ni true ni false`, en: `${name} is not true or false` }
        : { fr: `${name} n'est pas un nombre fini`, en: `${name} is not a finite number` },
    );
  }
  return readNumber(type, said, fields['unit'] ?? fields[`${name}Unit`]);
}

/** What sensors say for yes and no; 1 and 0 only where nothing else can be meant. */
function readNoticed(said: unknown, numbersToo: boolean): boolean | null {
  const word = typeof said === 'string' ? said.trim().toLowerCase() : said;
  if (word === true || word === 'true' || word === 'on' || word === 'open') return true;
  if (word === false || word === 'false' || word === 'off' || word === 'closed') return false;
  if (numbersToo && (word === 1 || word === '1')) return true;
  if (numbersToo && (word === 0 || word === '0')) return false;
  return null;
}

function readNumber(
  type: SensorType,
  said: number,
  unit: unknown,
): Pick<SensorMessage, 'value' | 'unit'> {
  const kind = SENSOR_KINDS[type];
  if (unit !== undefined && typeof unit !== 'string') {
    throw new RefusedMessage('unknown-unit', {
      fr: "unit n'est pas un texte",
      en: 'unit is not a text',
    });
  }
  const kept = unit === undefined ? { value: said, unit: kind.unit } : normalised(said, unit);
  if (!kept || (kind.unit !== null && kept.unit !== kind.unit)) {
    const named = printable(unit ?? '', 20);
    throw new RefusedMessage('unknown-unit', {
      fr: `un capteur « ${type} » ne se lit pas dans l'unité ${named}`,
      en: `a sensor of type ${type} is not read in the unit ${named}`,
    });
  }
  const [least, most] = kind.range;
  if (kept.value < least || kept.value > most) {
    throw new RefusedMessage('out-of-range', {
      fr: `${kept.value} n'est pas possible pour un capteur « ${type} »`,
      en: `${kept.value} is not possible for a sensor of type ${type}`,
    });
  }
  // There is no negative zero in a store.
  return { value: kept.value + 0, unit: kept.unit };
}

function readBattery({ battery, battery_low: low }: Record<string, unknown>): number | null {
  if (battery === undefined || battery === null) return low === true ? LOW_BATTERY_PERCENT : null;
  if (typeof battery !== 'number' || !(battery >= 0 && battery <= 100)) {
    throw new RefusedMessage('wrong-type', {
      fr: "battery n'est pas un pourcentage",
      en: 'battery is not a percentage',
    });
  }
  return battery;
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

function readTimestamp(said: unknown): number | null {
  if (said === undefined || said === null) return null;
  const at =
    typeof said === 'string' && ISO.test(said)
      ? Date.parse(said)
      : typeof said === 'number'
        ? said
        : NaN;
  if (!Number.isFinite(at) || at < 0 || at > 8.64e15) {
    throw new RefusedMessage('wrong-type', {
      fr: "timestamp n'est ni au format ISO 8601 avec fuseau, ni en millisecondes depuis 1970",
      en: 'timestamp is neither ISO 8601 with a zone nor milliseconds since 1970',
    });
  }
  return Math.trunc(at);
}

function readSeq(said: unknown): number | null {
  if (said === undefined || said === null) return null;
  if (typeof said !== 'number' || !Number.isSafeInteger(said) || said < 0) {
    throw new RefusedMessage('wrong-type', {
      fr: "seq n'est pas un nombre entier à partir de 0",
      en: 'seq is not a whole number from 0',
    });
  }
  return said;
}
