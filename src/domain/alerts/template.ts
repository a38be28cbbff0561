import { LANGUAGES, type Language, type Text } from '../../contract/language';
import { printable } from '../../contract/safe-input';

/** What a template can speak of. */
export type TemplateFacts = Readonly<Record<string, string | number | boolean | null>>;

const MESSAGE_LENGTH_MAX = 500;
const FACT_LENGTH_MAX = 120;
const YES_NO: Readonly<Record<Language, readonly [yes: string, no: string]>> = {
  fr: ['oui', 'non'],
  en: ['yes', 'no'],
};

/**
 * A message in both languages: `{sensor}` stands for the fact of that name, nothing else is
 * understood. One line of plain text each; a name that is no fact's stays as it is.
 */
export function fillTemplate(template: Text, facts: TemplateFacts): Text {
  const [fr, en] = LANGUAGES.map((language) => fillOne(template[language], facts, language));
  return { fr: fr ?? '', en: en ?? '' };
}

function fillOne(template: string, facts: TemplateFacts, language: Language): string {
  const text = template.replace(/\{(\w{1,32})\}/g, (whole, name: string) =>
    Object.hasOwn(facts, name) ? spoken(facts[name] ?? null, language) : whole,
  );
  return printable(text.trim(), MESSAGE_LENGTH_MAX);
}

function spoken(fact: string | number | boolean | null, language: Language): string {
  if (fact === null) return '–';
  if (typeof fact === 'number') return fact.toLocaleString(language, { maximumFractionDigits: 2 });
  if (typeof fact === 'boolean') return YES_NO[language][fact ? 0 : 1];
  return printable(fact, FACT_LENGTH_MAX);
}
