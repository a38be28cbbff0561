import type { IncomingMessage } from 'node:http';
import Negotiator from 'negotiator';
import { LANGUAGES, type Language } from '../../contract/language';

/** What a request prefers of the languages there are, else `fallback`. */
export function preferredLanguage(req: IncomingMessage, fallback: Language): Language {
  const preferred = new Negotiator(req).language([fallback, ...LANGUAGES]);
  return LANGUAGES.find((language) => language === preferred) ?? fallback;
}
