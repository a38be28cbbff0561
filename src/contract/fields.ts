import { z } from 'zod';
import type { Text } from './language';

/**
 * Fields that several operations share. What comes from a path or a query is text; these take both.
 * The examples here and in other schemas are those of the OpenAPI document.
 */

const wantedBy = new Map<string, Text>();

/** A text that a pattern describes, and what people are told is wanted when theirs does not fit. */
export function patterned(pattern: RegExp, wanted: Text): z.ZodString {
  wantedBy.set(String(pattern), wanted);
  return z.string().regex(pattern);
}

/** What a pattern wants, in words; nothing for one that has none. */
export function patternInWords(pattern: string): Text | undefined {
  return wantedBy.get(pattern);
}

const ID_TEXT = /^[1-9]\d{0,14}$/;

/** A whole number, or its digits as text (paths and queries only carry text). */
export function wholeNumber(min: number, max: number): z.ZodType<number> {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  );
}

/** An id as REST counts them: 1, 2, 3 … */
export const id = z.preprocess(
  (value) => (typeof value === 'string' && ID_TEXT.test(value) ? Number(value) : value),
  z.int().positive(),
);

/** The installer's own name for a device or sensor in topics: never digits alone, so that it can't be taken for an id; and no word that names something else inside a program (S14). */
export const key = patterned(
  /^(?!\d+$)(?!__proto__$|constructor$|prototype$)[A-Za-z0-9_-]{1,64}$/,
  {
    fr: '1 à 64 caractères parmi A-Z a-z 0-9 _ -, pas seulement des chiffres, ni un mot réservé',
    en: '1 to 64 of A-Z a-z 0-9 _ -, not digits alone, no reserved word',
  },
).meta({
  description: '1 to 64 of A-Z a-z 0-9 _ -, not digits alone',
  examples: ['lampe-chevet'],
});

/** The longest name in a topic under which something unknown is listened to. */
export const TOPIC_NAME_MAX = 128;

/** A time of day, `HH:MM`. */
export const timeOfDay = patterned(/^([01]\d|2[0-3]):[0-5]\d$/, {
  fr: 'une heure HH:MM, de 00:00 à 23:59',
  en: 'a time HH:MM, from 00:00 to 23:59',
});

/** Where the next page of a list begins: a text that is taken as it was given. */
export function cursorText(pattern: RegExp): z.ZodString {
  return patterned(pattern, {
    fr: 'le curseur tel que la page précédente l’a donné',
    en: 'the cursor as the page before gave it',
  });
}

const WHOLE_WANTED = {
  fr: 'un texte sans caractère nul ni moitié de caractère (Unicode)',
  en: 'a text without NUL or half a character (Unicode)',
};

/** What every store can keep, and every reader read. */
function whole(text: z.ZodString): z.ZodString {
  return text.refine((value) => value.isWellFormed() && !value.includes('\0'), {
    params: { text: WHOLE_WANTED },
  });
}

/** One line of text that people read. Surrounding blanks are dropped. */
export function line(maxLength: number): z.ZodString {
  return whole(z.string().trim().min(1).max(maxLength));
}

export function optionalLine(maxLength: number): z.ZodOptional<z.ZodString> {
  return whole(z.string().trim().max(maxLength)).optional();
}

/** An e-mail address. Compare with `emailKey`. */
export const email = z
  .string()
  .trim()
  .pipe(z.email().max(254))
  .meta({ examples: ['ama@maison.tg'] });

/** E-mails are the same account whatever their case. */
export function emailKey(address: string): string {
  return address.normalize('NFC').toLowerCase();
}

/**
 * Marks a text that must never be seen in a flow: it stays in the request's own context, `msg` shows
 * `MASK`. Only top-level fields can be secret.
 */
export function secret<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), secret: true });
}

/** What a message shows in place of a secret. */
export const MASK = '•••';

/** The names of an object schema's secret fields. */
export function secretFields(schema: z.ZodType): readonly string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape)
    .filter(([, field]) => isSecret(field as z.ZodType))
    .map(([name]) => name);
}

function isSecret(field: z.ZodType): boolean {
  return isMarked(field, 'secret');
}

function isMarked(field: z.ZodType, mark: 'secret' | 'clearable'): boolean {
  if (field.meta()?.[mark] === true) return true;
  const inner = (field.def as { innerType?: z.ZodType }).innerType;
  return inner !== undefined && isMarked(inner, mark);
}

/** What a change can take away: by null, and by empty text. */
export function clearable<S extends z.ZodType>(schema: S): z.ZodOptional<z.ZodNullable<S>> {
  return schema.nullable().meta({ clearable: true }).optional();
}

/** The names of an object schema's fields that a change can take away. */
export function clearableFields(schema: z.ZodObject): readonly string[] {
  return Object.entries(schema.shape)
    .filter(([, field]) => isMarked(field as z.ZodType, 'clearable'))
    .map(([name]) => name);
}

/** The names of the fields that may be left out. */
export function optionalFields(schema: z.ZodObject): readonly string[] {
  return Object.entries(schema.shape)
    .filter(([, field]) => field instanceof z.ZodOptional || field instanceof z.ZodDefault)
    .map(([name]) => name);
}
