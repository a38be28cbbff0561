import type { Text } from '../../contract/language';
import { hasForbiddenKey, isForbiddenKey, printable } from '../../contract/safe-input';
import { refusalOf, type LeftOut, type LeftOutReason } from './left-out';
import { RefusedMessage } from './refused-message';
import { readTimestamp, TIMESTAMP_PROBLEMS, type Stamp } from './timestamp';
import { isNoValue, numberOf, quantityOf, rounded, truthOf } from './values';

/** What a battery that is said to be low, and nothing more, is taken for. */
const LOW_BATTERY_PERCENT = 10;

/** How a number is converted, by the name of the unit it is said in (lower case, without blanks). */
export type Units = Readonly<Record<string, (value: number) => number>>;

/** Power, in W. */
export const POWER_UNITS: Units = {
  w: (watts) => watts,
  kw: (kilowatts) => rounded(kilowatts * 1000, 6),
};

/** Energy, in kWh. */
export const ENERGY_UNITS: Units = {
  kwh: (kilowattHours) => kilowattHours,
  wh: (wattHours) => wattHours / 1000,
};

/** What a number may be. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** What is wrong with something said. */
export interface Unfit {
  readonly reason: LeftOutReason;
  readonly detail: Text;
}

/** A parser's finding: the value, or why it is none. */
export type Parsed<T> = { readonly value: T } | Unfit;

/** A value, and the field that said it. */
export interface Said<T> {
  readonly field: string;
  readonly value: T;
}

/**
 * Reads one message of a device, sensor or meter field by field, whichever way it came (QUALITY M16): what is
 * understood is handed out, what is not is left out and remembered in `leftOut`, and what says nothing
 * (null, `nan`, `unknown`, M17) is as if it were not there. So a message is never lost for one of its
 * fields. Whoever finds nothing in it refuses it with `nothing`.
 *
 * Deterministic: the same message with the same time of arrival reads alike.
 *
 *     const reader = new MessageReader(parseFields(payload), arrival.at);
 *     const powerW = reader.number(['power'], { unitFields: ['powerUnit'], units: POWER_UNITS });
 *     const { at, stated } = reader.timestamp();
 *     const seq = reader.seq();
 *     if (powerW === null) throw reader.nothing({ fr: 'il manque power', en: 'power is missing' });
 *     return { powerW, timestamp: at, seq, leftOut: reader.leftOut };
 */
export class MessageReader {
  private readonly unread: Map<string, unknown>;
  private readonly left: LeftOut[] = [];

  /**
   * @param fields as `parseFields` and `assertFields` let them through
   * @param arrivedAt milliseconds since 1970
   */
  constructor(
    fields: Readonly<Record<string, unknown>>,
    private readonly arrivedAt: number,
  ) {
    this.unread = new Map(Object.entries(fields));
    for (const field of this.unread.keys()) {
      if (!isForbiddenKey(field)) continue;
      this.unread.delete(field);
      this.leaveOut(field, FORBIDDEN);
    }
  }

  /** The fields that were left out so far, in the order in which they were asked for. */
  get leftOut(): readonly LeftOut[] {
    return this.left;
  }

  /**
   * The first of these fields that says something understood. One before it that says something else is
   * left out; those behind it only count as read.
   */
  first<T>(fields: readonly string[], parse: (said: unknown, field: string) => Parsed<T>) {
    let found: Said<T> | null = null;
    for (const field of fields) {
      const said = this.take(field);
      if (found !== null || isNoValue(said)) continue;
      const parsed = parse(said, field);
      if ('value' in parsed) found = { field, value: parsed.value };
      else this.leaveOut(field, hasForbiddenKey(said) ? FORBIDDEN_INSIDE : parsed);
    }
    return found;
  }

  /** What each of these fields says that says something understood; what says something else is left out. */
  every<T>(
    fields: readonly string[],
    parse: (said: unknown, field: string) => Parsed<T>,
  ): Said<T>[] {
    return fields.flatMap((field) => this.first([field], parse) ?? []);
  }

  /**
   * A finite number, also as text.
   * @param fields names for it; the first that says a number counts
   * @param options.units what it may be said in; `unitFields` name the fields that say which; without a
   * word the number is taken as it is
   * @param options.min, options.max bounds, after conversion
   */
  number(
    fields: readonly string[],
    {
      unitFields = [],
      units = {},
      ...bounds
    }: Bounds & { readonly unitFields?: readonly string[]; readonly units?: Units } = {},
  ): number | null {
    const unit = this.unit(unitFields);
    const found = this.first(fields, (said): Parsed<number> => {
      const number = numberOf(said);
      if (number === null) return NOT_A_NUMBER;
      if (unit === null) return within(number, bounds);
      const convert = typeof unit === 'string' && Object.hasOwn(units, unit) ? units[unit] : null;
      return convert ? within(convert(number), bounds) : unknownUnit(unit);
    });
    return found?.value ?? null;
  }

  /** A yes or no, as `truthOf` understands it. */
  truth(fields: readonly string[]): boolean | null {
    const found = this.first(fields, (said): Parsed<boolean> => {
      const value = truthOf(said);
      return value === null ? NOT_A_TRUTH : { value };
    });
    return found?.value ?? null;
  }

  /** A text of so many characters at most. */
  text(fields: readonly string[], lengthMax: number): string | null {
    const found = this.first(fields, (said): Parsed<string> => {
      if (typeof said !== 'string') return NOT_A_TEXT;
      return said.length > lengthMax ? tooLong(lengthMax) : { value: said };
    });
    return found?.value ?? null;
  }

  /**
   * The unit that the first of these fields names: in lower case, without blanks; null if none is named.
   * What is no text is handed out as it is, since then nobody knows what the number means.
   */
  unit(fields: readonly string[]): unknown {
    let named: unknown = null;
    for (const field of fields) {
      const said = this.take(field);
      if (named === null && !isNoValue(said)) named = said;
    }
    return typeof named === 'string' ? named.replace(/\s/g, '').toLowerCase() : named;
  }

  /** When the message says it was made: `timestamp`. */
  timestamp(): Stamp {
    const said = this.take('timestamp');
    if (isNoValue(said)) return { at: null, stated: null, problem: null };
    const stamp = readTimestamp(said, this.arrivedAt);
    const { problem } = stamp;
    if (problem !== null) {
      this.leaveOut('timestamp', { reason: problem, detail: TIMESTAMP_PROBLEMS[problem] });
    }
    return stamp;
  }

  /** What the message counts itself as: `seq`, a whole number from 0. */
  seq(): number | null {
    const found = this.first(['seq'], (said): Parsed<number> => {
      const value = numberOf(said);
      return value !== null && Number.isSafeInteger(value) && value >= 0 ? { value } : NOT_A_SEQ;
    });
    return found?.value ?? null;
  }

  /** `battery`, 0 to 100 %, also as `"92%"`; 10 % for one that only says `battery_low`. */
  battery(): number | null {
    const percent = this.first(['battery'], (said): Parsed<number> => {
      const quantity = quantityOf(said);
      if (!quantity) return NOT_A_NUMBER;
      if (quantity.unit !== null && quantity.unit !== '%') return unknownUnit(quantity.unit);
      return within(quantity.number, { min: 0, max: 100 });
    });
    const isLow = this.truth(['battery_low']);
    if (percent) return rounded(percent.value, 1);
    return isLow === true ? LOW_BATTERY_PERCENT : null;
  }

  /**
   * The fields nobody has asked for that say something plain; lists, objects and texts that can't be read
   * are left out. They all count as read from then on.
   */
  rest(): [field: string, said: unknown][] {
    const rest: [string, unknown][] = [];
    for (const [field, said] of this.unread) {
      if (isNoValue(said)) continue;
      const unfit = unfitness(said);
      if (unfit) this.leaveOut(field, unfit);
      else rest.push([field, said]);
    }
    this.unread.clear();
    return rest;
  }

  /** Remembers that a field was left out. */
  leaveOut(field: string, { reason, detail }: Unfit): void {
    this.left.push({ field, reason, detail });
  }

  /**
   * The refusal of a message that says nothing: by a field that is forbidden, else the first that was left out,
   * if there is one.
   * @param missing what a message like this must say
   */
  nothing(missing: Text): RefusedMessage {
    const [leftOut] = this.left;
    this.rest();
    const first = this.left.find(({ reason }) => reason === 'forbidden-key') ?? leftOut;
    return first ? refusalOf(first) : new RefusedMessage('wrong-type', missing);
  }

  private take(field: string): unknown {
    const said = this.unread.get(field);
    this.unread.delete(field);
    return said;
  }
}

/** A number within its bounds, or why it is not. */
export function within(value: number, { min = -Infinity, max = Infinity }: Bounds): Parsed<number> {
  if (value >= min && value <= max) return { value };
  const [limit, word] =
    value < min
      ? [min, { fr: 'moins de', en: 'less than' }]
      : [max, { fr: 'plus de', en: 'more than' }];
  return {
    reason: 'out-of-range',
    detail: { fr: `${value} : ${word.fr} ${limit}`, en: `${value} is ${word.en} ${limit}` },
  };
}

export const NOT_A_NUMBER: Unfit = {
  reason: 'wrong-type',
  detail: { fr: "ce n'est pas un nombre fini", en: 'not a finite number' },
};

const NOT_A_TRUTH: Unfit = {
  reason: 'wrong-type',
  detail: {
    fr: 'ni true ni false, ni "on" ni "off"',
    en: 'neither true nor false, "on" nor "off"',
  },
};

export const NOT_A_TEXT: Unfit = {
  reason: 'wrong-type',
  detail: { fr: "ce n'est pas un texte", en: 'not a text' },
};

const NOT_A_SEQ: Unfit = {
  reason: 'wrong-type',
  detail: { fr: "ce n'est pas un nombre entier à partir de 0", en: 'not a whole number from 0' },
};

const FORBIDDEN: Unfit = {
  reason: 'forbidden-key',
  detail: { fr: 'nom de champ interdit', en: 'forbidden field name' },
};

const FORBIDDEN_INSIDE: Unfit = {
  reason: 'forbidden-key',
  detail: { fr: 'un nom de champ interdit à l’intérieur', en: 'a forbidden field name inside' },
};

const UNREADABLE: Unfit = {
  reason: 'malformed',
  detail: { fr: 'un texte illisible, pas en UTF-8', en: 'a text that can’t be read, not UTF-8' },
};

/** For a list or an object where a plain value is wanted. */
export const NESTED: Unfit = {
  reason: 'nested',
  detail: { fr: 'une liste ou un objet', en: 'a list or an object' },
};

/** Why something can't be a plain value of any kind; null if it can. */
function unfitness(said: unknown): Unfit | null {
  if (typeof said === 'object') return hasForbiddenKey(said) ? FORBIDDEN_INSIDE : NESTED;
  return typeof said === 'string' && said.includes('\u{fffd}') ? UNREADABLE : null;
}

function unknownUnit(unit: unknown): Unfit {
  const named = typeof unit === 'string' ? printable(unit, 20) : 'JSON';
  return {
    reason: 'unknown-unit',
    detail: { fr: `unité inconnue (${named})`, en: `unknown unit (${named})` },
  };
}

export function tooLong(lengthMax: number): Unfit {
  return {
    reason: 'too-long',
    detail: { fr: `plus de ${lengthMax} caractères`, en: `more than ${lengthMax} characters` },
  };
}
