import type { Language, Text } from '../../contract/language';
import { ENGLISH_EXAMPLES, FRENCH_DESCRIPTIONS } from './openapi-texts';

/** The keys below which stand examples, made of what a house could hold. */
const EXAMPLES = new Set(['example', 'examples']);

/**
 * A document as one reads it in a language: of each `{ fr, en }` the one text, of each description of
 * a field, which its declaration has in English, the French one, and examples from a house of that
 * language.
 */
export function inLanguage(document: object, language: Language): object {
  return translate(document, language, null, false) as object;
}

function translate(
  value: unknown,
  language: Language,
  key: string | null,
  isExample: boolean,
): unknown {
  if (typeof value === 'string') {
    if (isExample) return language === 'en' ? (ENGLISH_EXAMPLES[value] ?? value) : value;
    return key === 'description' && language === 'fr'
      ? (FRENCH_DESCRIPTIONS[value] ?? value)
      : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => translate(item, language, key, isExample));
  if (isText(value)) return value[language];
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      translate(part, language, name, isExample || EXAMPLES.has(name)),
    ]),
  );
}

function isText(value: object): value is Text {
  const { fr, en, ...more } = value as Record<string, unknown>;
  return typeof fr === 'string' && typeof en === 'string' && Object.keys(more).length === 0;
}
