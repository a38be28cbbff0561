import { UNFIT } from '../../contract/issue-texts';
import type { LeftOut } from '../intake/left-out';
import {
  MessageReader,
  NOT_A_NUMBER,
  NOT_A_TEXT,
  POWER_UNITS,
  tooLong,
  type Bounds,
  type Unfit,
} from '../intake/message-reader';
import { numberOf, rounded, withoutNoise } from '../intake/values';

/** What a device may say in one status message beside its status: numbers, texts, truths. */
export type Attribute = number | string | boolean | null;
export type Attributes = { readonly [name: string]: Attribute };

/** A device's own word on its state. */
export interface Report {
  readonly status?: boolean;
  /** Everything else it said (power in W, temperature in °C, brightness, …). */
  readonly attributes: Attributes;
  /** The command it answers, if it says so. */
  readonly commandId?: string;
}

/** What a report says something of, as one text: the same for two of which the later leaves nothing of the earlier. */
export function spokenOf({ status, attributes }: Report): string {
  return JSON.stringify([status !== undefined, ...Object.keys(attributes).sort()]);
}

/** A report as it was read, with what made no sense in it (QUALITY M16). */
export interface ReadReport {
  readonly report: Report;
  readonly leftOut: readonly LeftOut[];
}

const ATTRIBUTES_MAX = 32;
const NAME = /^[\p{L}\p{N}_ -]{1,64}$/u;
const TEXT_LENGTH_MAX = 256;
const COMMAND_ID_LENGTH_MAX = 64;
/** As much as a device may be registered with. */
const POWER_W_MAX = 1_000_000;

/** What Aurion knows the meaning of: bounds, and how finely a device can know it. */
const MEASURED: Readonly<Record<string, Bounds & { readonly decimals: number }>> = {
  power: { min: -POWER_W_MAX, max: POWER_W_MAX, decimals: 3 },
  temperature: { min: -273.15, max: 1000, decimals: 2 },
  humidity: { min: 0, max: 100, decimals: 2 },
  battery: { min: 0, max: 100, decimals: 1 },
};
/** Numbers by their name: as text they are meant as numbers, too. */
const NUMERIC = ['brightness', 'colorTemperature', 'position', 'targetTemperature'];
/** Beyond this a number is no longer told from its neighbours. */
const NUMBER_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Reads a device's status message, whichever way it came. What says nothing changes nothing (M17).
 * @param fields as `parseFields` and `assertFields` let them through
 * @param arrivedAt milliseconds since 1970
 * @throws RefusedMessage if it says something, and nothing of it is understood
 */
export function readReport(
  fields: Readonly<Record<string, unknown>>,
  arrivedAt: number,
): ReadReport {
  const reader = new MessageReader(fields, arrivedAt);
  const status = reader.truth(['status']);
  const isStatusUnclear = reader.leftOut.some(({ field }) => field === 'status');
  const commandId = reader.text(['commandId'], COMMAND_ID_LENGTH_MAX);
  const attributes = Object.fromEntries([...measured(reader), ...others(reader)]);
  const report = {
    attributes,
    ...(status !== null && { status }),
    // What came of the command is in the status: without it, nobody knows.
    ...(commandId !== null && !isStatusUnclear && { commandId }),
  };
  const { leftOut } = reader;
  const saysNothing = status === null && Object.keys(attributes).length === 0;
  if (saysNothing && leftOut.length > 0) throw reader.nothing(UNFIT);
  return { report, leftOut };
}

function* measured(reader: MessageReader): Generator<[string, Attribute]> {
  for (const [name, { decimals, ...bounds }] of Object.entries(MEASURED)) {
    const units = name === 'power' ? { unitFields: ['powerUnit'], units: POWER_UNITS } : {};
    const value = reader.number([name], { ...bounds, ...units });
    if (value !== null) yield [name, rounded(value, decimals)];
  }
}

function* others(reader: MessageReader): Generator<[string, Attribute]> {
  let count = 0;
  const rest = reader.rest();
  const isKnown = ([name]: [string, unknown]) => NUMERIC.includes(name);
  // What is known comes first: it must not be one too many.
  for (const [name, said] of [...rest.filter(isKnown), ...rest.filter((one) => !isKnown(one))]) {
    const unfit = count >= ATTRIBUTES_MAX ? TOO_MANY : unfitness(name, said);
    if (unfit) {
      reader.leaveOut(name, unfit);
      continue;
    }
    count += 1;
    const number = NUMERIC.includes(name) || typeof said === 'number' ? numberOf(said) : null;
    yield [name, number === null ? (said as Attribute) : withoutNoise(number)];
  }
}

/** Why something said can't be an attribute; null if it can. */
function unfitness(name: string, said: unknown): Unfit | null {
  if (!NAME.test(name)) return NO_NAME;
  if (typeof said === 'string')
    return said.length > TEXT_LENGTH_MAX ? tooLong(TEXT_LENGTH_MAX) : null;
  if (typeof said === 'boolean') return null;
  if (typeof said !== 'number') return NOT_A_TEXT;
  if (!Number.isFinite(said)) return NOT_A_NUMBER;
  return Math.abs(said) > NUMBER_MAX ? TOO_LARGE : null;
}

const NO_NAME: Unfit = {
  reason: 'wrong-type',
  detail: {
    fr: 'un nom a 1 à 64 lettres, chiffres, espaces, _ ou -',
    en: 'a name is 1 to 64 letters, digits, blanks, _ or -',
  },
};

const TOO_MANY: Unfit = {
  reason: 'too-many',
  detail: {
    fr: `plus de ${ATTRIBUTES_MAX} attributs`,
    en: `more than ${ATTRIBUTES_MAX} attributes`,
  },
};

const TOO_LARGE: Unfit = {
  reason: 'out-of-range',
  detail: { fr: 'un nombre trop grand', en: 'too large a number' },
};
