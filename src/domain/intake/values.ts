/** How devices spell one value: the words and numbers that are understood, and what says nothing at all. */

/** Said for "I don't know" by devices, templates and languages, compared in lower case. */
const NO_VALUE: ReadonlySet<string> = new Set([
  '',
  'nan',
  'unknown',
  'unavailable',
  'null',
  'undefined',
]);

/**
 * Whether something said is no value (QUALITY M17): null, missing, NaN, an empty text, `unknown`, and
 * `None` as Python prints it (`none` in lower case is a setting that devices have).
 */
export function isNoValue(said: unknown): boolean {
  if (said === undefined || said === null) return true;
  if (typeof said === 'number') return Number.isNaN(said);
  if (typeof said !== 'string') return false;
  const word = said.trim();
  return word === 'None' || NO_VALUE.has(word.toLowerCase());
}

const YES: ReadonlySet<unknown> = new Set([true, 'true', 'on', 'open']);
const NO: ReadonlySet<unknown> = new Set([false, 'false', 'off', 'closed']);

/**
 * A yes or no: `true`, `"true"`, `"on"`, `"open"` and their opposites, in any case.
 * @param numbersToo whether 1 and 0 are understood as well: where nothing else can be meant
 * @returns null for anything else
 */
export function truthOf(said: unknown, numbersToo = true): boolean | null {
  const word = typeof said === 'string' ? said.trim().toLowerCase() : said;
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  if (numbersToo && (word === 1 || word === '1')) return true;
  if (numbersToo && (word === 0 || word === '0')) return false;
  return null;
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * A finite number, also as text (`"21.5"`), as many bridges send it.
 * @returns null for anything else
 */
export function numberOf(said: unknown): number | null {
  const text = typeof said === 'string' ? said.trim() : null;
  const number = text !== null && DECIMAL.test(text) ? Number(text) : said;
  if (typeof number !== 'number' || !Number.isFinite(number)) return null;
  // There is no negative zero in a store.
  return number + 0;
}

/** A number, with a decimal comma or a unit behind it; `1,234` could be either of two numbers. */
const QUANTITY = /^([+-]?\d+(?:\.\d+|,\d{1,2})?)\s*([^\d\s.,+-].*)?$/;

/**
 * A finite number, and the unit that is said with it in one text: `"92%"`, `"21.5 °C"`, `"21,5"`.
 * @returns null for anything else; a unit of null if none is said
 */
export function quantityOf(said: unknown): { number: number; unit: string | null } | null {
  const plain = numberOf(said);
  if (plain !== null) return { number: plain, unit: null };
  const [, digits, unit] = (typeof said === 'string' && QUANTITY.exec(said.trim())) || [];
  const number = numberOf(digits?.replace(',', '.'));
  return number === null ? null : { number, unit: unit ?? null };
}

/** A number with so many decimals at most: without the noise of how a device computed it. */
export function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  const scaled = value * scale;
  return Number.isFinite(scaled) ? Math.round(scaled) / scale + 0 : value;
}

/** A number as its first 12 digits say it: 21.299999999999997 is 21.3, and nothing that was measured is lost. */
export function withoutNoise(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(12));
}
