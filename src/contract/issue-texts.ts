import type { z } from 'zod';
import { patternInWords } from './fields';
import { LANGUAGES, type Text } from './language';
import { printable } from './safe-input';

type Issue = z.core.$ZodIssue;

/** Something wrong with an input. */
export interface Problem {
  /** Where: `password`, `days.0`; empty for the input as a whole. */
  readonly path: string;
  readonly text: Text;
}

/** For what nothing else can be said of. */
export const UNFIT: Text = {
  fr: 'cette valeur ne convient pas ici',
  en: 'this value does not fit here',
};
const REQUIRED: Text = { fr: 'ce champ est requis', en: 'this field is required' };

const AT_LEAST: Text = { fr: 'au moins', en: 'at least' };
const MORE_THAN: Text = { fr: 'plus de', en: 'more than' };
const AT_MOST: Text = { fr: 'au plus', en: 'at most' };
const LESS_THAN: Text = { fr: 'moins de', en: 'less than' };

const TEXT_LENGTH_MAX = 200;
const KEYS_NAMED_MAX = 3;
const KEY_LENGTH_MAX = 32;

/** What is wanted, as it stands behind « il faut » and "this must be". */
const TYPES: Readonly<Record<string, Text>> = {
  string: { fr: 'un texte', en: 'a text' },
  number: { fr: 'un nombre', en: 'a number' },
  int: { fr: 'un nombre entier', en: 'a whole number' },
  boolean: { fr: 'true ou false', en: 'true or false' },
  null: { fr: 'null', en: 'null' },
  array: { fr: 'une liste', en: 'a list' },
  object: { fr: 'un objet JSON', en: 'a JSON object' },
};

const FORMATS: Readonly<Record<string, Text>> = {
  email: {
    fr: 'une adresse e-mail telle que ama@maison.tg',
    en: 'an e-mail address such as ama@maison.tg',
  },
  url: {
    fr: 'une adresse telle que https://maison.example/aurion',
    en: 'an address such as https://maison.example/aurion',
  },
  date: { fr: 'une date telle que 2026-03-29', en: 'a date such as 2026-03-29' },
  datetime: {
    fr: 'une date et une heure avec leur zone, telles que 2026-03-29T08:15:00Z',
    en: 'a date and time with their zone, such as 2026-03-29T08:15:00Z',
  },
};

/** What a limit counts, by what it is the limit of. */
const UNITS: Readonly<Record<string, Text>> = {
  string: { fr: 'caractère', en: 'character' },
  array: { fr: 'élément', en: 'element' },
};

/** What is wrong with an input that its schema refuses, in sentences that say what is wanted and never repeat a value. */
export function problemsOf(schema: z.ZodType, input: unknown): readonly Problem[] {
  const { error } = schema.safeParse(input, { reportInput: true });
  return (error?.issues ?? []).map((issue) => ({
    path: issue.path.map(String).join('.'),
    text: textOf(issue),
  }));
}

/** A problem in one line, with its place in front. */
export function located({ path, text }: Problem): Text {
  const place = path === '' ? '' : `${printable(path)} – `;
  return { fr: `${place}${text.fr}`, en: `${place}${text.en}` };
}

function textOf(issue: Issue): Text {
  if (issue.code === 'custom')
    return inOneLine((issue.params?.['text'] as Text | undefined) ?? UNFIT);
  if (issue.code === 'unrecognized_keys') return unknownFields(issue.keys);
  if (issue.input === undefined || isBlank(issue)) return REQUIRED;
  const wanted = wantedBy(issue);
  if (!wanted) return UNFIT;
  return { fr: `il faut ${wanted.fr}`, en: `this must be ${wanted.en}` };
}

/** Texts of schemas name what they speak of, as it was given. */
function inOneLine({ fr, en }: Text): Text {
  return { fr: printable(fr, TEXT_LENGTH_MAX), en: printable(en, TEXT_LENGTH_MAX) };
}

/** Texts that must not be empty are trimmed before that is looked at. */
function isBlank(issue: Issue): boolean {
  return issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1;
}

function wantedBy(issue: Issue): Text | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected];
    case 'invalid_value':
      return oneOf(issue.values.map(asItIs));
    case 'invalid_format':
      return patternInWords(String(issue.pattern)) ?? FORMATS[issue.format];
    case 'too_small':
      return limit(issue, issue.minimum, AT_LEAST, MORE_THAN);
    case 'too_big':
      return limit(issue, issue.maximum, AT_MOST, LESS_THAN);
    case 'not_multiple_of':
      return { fr: `un multiple de ${issue.divisor}`, en: `a multiple of ${issue.divisor}` };
    case 'invalid_union':
      return eitherOf(issue);
    // Said elsewhere; or of records, maps and sets, which Aurion's inputs have none of.
    case 'custom':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
      return undefined;
  }
}

type Limit = Extract<Issue, { code: 'too_small' | 'too_big' }>;

function limit(
  { origin, inclusive = true }: Limit,
  bound: number | bigint,
  including: Text,
  excluding: Text,
): Text {
  const { fr, en } = inclusive ? including : excluding;
  const unit = UNITS[origin];
  if (!unit) return { fr: `${fr} ${bound}`, en: `${en} ${bound}` };
  const plural = Number(bound) === 1 ? '' : 's';
  return { fr: `${fr} ${bound} ${unit.fr}${plural}`, en: `${en} ${bound} ${unit.en}${plural}` };
}

/** What one of several schemas wants; nothing where what is wrong lies deeper in one of them. */
function eitherOf(issue: Extract<Issue, { code: 'invalid_union' }>): Text | undefined {
  if ('options' in issue) return oneOf(issue.options.map(asItIs));
  const wanted = issue.errors.map(([first]) =>
    first?.path.length === 0 ? wantedBy(first) : undefined,
  );
  return wanted.every((each) => each !== undefined) ? oneOf(wanted) : undefined;
}

function asItIs(value: unknown): Text {
  return { fr: String(value), en: String(value) };
}

function oneOf(texts: readonly Text[]): Text {
  const [fr, en] = LANGUAGES.map((language) => [...new Set(texts.map((text) => text[language]))]);
  return { fr: listed(fr ?? [], 'ou'), en: listed(en ?? [], 'or') };
}

function listed(words: readonly string[], or: string): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${or} ${last}`;
}

function unknownFields(keys: readonly string[]): Text {
  const named = keys.slice(0, KEYS_NAMED_MAX).map((key) => printable(key, KEY_LENGTH_MAX));
  const more = keys.length > KEYS_NAMED_MAX ? ', …' : '';
  return keys.length === 1
    ? { fr: `il n'y a pas de champ ${named[0]} ici`, en: `there is no field ${named[0]} here` }
    : {
        fr: `il n'y a pas de champs ${named.join(', ')}${more} ici`,
        en: `there are no fields ${named.join(', ')}${more} here`,
      };
}
