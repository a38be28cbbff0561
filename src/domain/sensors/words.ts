/** The words by which a sensor says that it notices something, or nothing; compared in lower case. */
export interface Words {
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

/** A sensor's yes or no, and whether the word for it can only be its value. */
export interface Noticed {
  readonly value: boolean;
  /** False for what a switch, or the electronics of the sensor, could say of itself: `on`, `true`, 1. */
  readonly telling: boolean;
}

/** Said by anything that has two states. `none` is missing on purpose: devices have settings of that name. */
export const PLAIN_WORDS: Words = { yes: ['true', 'on'], no: ['false', 'off'] };
const YES_NO: Words = { yes: ['yes', 'y'], no: ['no', 'n'] };
/** Said by whatever notices something. */
export const NOTICING_WORDS: Words = {
  yes: ['alarm', 'alert', 'detected', 'triggered', 'tripped'],
  no: ['clear', 'safe'],
};
/** The same, but a sensor may say it of itself, too: not understood under `state` and `status`. */
export const AMBIGUOUS_WORDS: Words = {
  yes: ['active'],
  no: ['inactive', 'normal', 'ok', 'idle'],
};

/** How a name is understood. */
export type Sense = 'own' | 'fall-back' | 'opposite';

/**
 * The yes or no that something said under a name means; null for what is not surely one. Under a name that
 * means the opposite, true and false, on and off, 1 and 0 are turned round; words of its kind of sensor
 * (`open`) say what they say, and the others could mean either.
 * @param ofKind the words of its kind of sensor
 * @param numbersToo whether 1 and 0 are understood
 */
export function noticedIn(
  said: unknown,
  { ofKind, sense, numbersToo }: { ofKind: Words; sense: Sense; numbersToo: boolean },
): Noticed | null {
  const word = wordOf(said, numbersToo);
  if (word === null) return null;
  const plain = meaning(word, PLAIN_WORDS);
  if (plain !== null) return { value: plain !== (sense === 'opposite'), telling: false };
  const kind = meaning(word, ofKind);
  if (kind !== null) return { value: kind, telling: true };
  if (sense === 'opposite') return null;
  const yesOrNo = meaning(word, YES_NO);
  if (yesOrNo !== null) return { value: yesOrNo, telling: false };
  const noticing = meaning(word, NOTICING_WORDS);
  if (noticing !== null) return { value: noticing, telling: true };
  const ambiguous = sense === 'own' ? meaning(word, AMBIGUOUS_WORDS) : null;
  return ambiguous === null ? null : { value: ambiguous, telling: true };
}

/** All the words understood for a kind of sensor under its own names. */
export function wordsOf(ofKind: Words): Words {
  const all = [PLAIN_WORDS, YES_NO, NOTICING_WORDS, AMBIGUOUS_WORDS, ofKind];
  return { yes: all.flatMap(({ yes }) => yes), no: all.flatMap(({ no }) => no) };
}

/** Something said in lower case and as a word; 1 and 0 as `true` and `false`. */
function wordOf(said: unknown, numbersToo: boolean): string | null {
  if (typeof said !== 'string' && typeof said !== 'number' && typeof said !== 'boolean')
    return null;
  const word = String(said)
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ');
  const [, digit] = /^([01])(?:\.0+)?$/.exec(word) ?? [];
  if (digit === undefined) return word;
  return numbersToo ? String(digit === '1') : null;
}

function meaning(word: string, { yes, no }: Words): boolean | null {
  if (yes.includes(word)) return true;
  if (no.includes(word)) return false;
  // "not detected", "not present"; but who says "not on"?
  return word.startsWith('not ') && word.length > 6 && yes.includes(word.slice(4)) ? false : null;
}
