import { escaped } from '../../contract/safe-input';
import type { LogFields } from '../../ports/logger';

/** What stands in place of a secret, as in `msg`. */
const HIDDEN = '•••';
const TEXT_LENGTH_MAX = 16 * 1024;

const SECRET_WORD =
  'password|passwd|passphrase|token|secret|authorization|cookie|credentials?|setup-?code|api-?key';
const SECRET_NAME = new RegExp(`(?:${SECRET_WORD})$`, 'i');

// Every repetition that another may follow is bounded, so that no text takes long to search.
/** `eyJ….….…`: a JSON Web Token, whatever it is called. */
const JWT = /eyJ[\w-]{8,512}\.[\w-]{8,4096}\.[\w-]{0,2048}/g;
/** `password: 'x'`, `"token":"x"`, `\"secret\":\"x\"`, `Authorization: Bearer x`, `token=x` */
const NAMED_SECRET = new RegExp(
  `(${SECRET_WORD})(\\\\?["']?\\s{0,3}[:=]\\s{0,3})` +
    `(?:\\\\"[^"]*"|"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|(?:Bearer|Basic)\\s{1,3}[^\\s"',;]+|[^\\s,;&})\\]]+)`,
  'gi',
);
/** `mqtt://user:password@host` */
const URL_ACCOUNT = /\/\/[^\s/:@]{0,128}:[^\s/@]{1,256}@/g;

/** A text without what is a secret by its look or by the name before it, at most 16 kB of it. */
export function redactText(text: string): string {
  const bounded = text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text;
  return bounded
    .replace(JWT, HIDDEN)
    .replace(URL_ACCOUNT, `//${HIDDEN}@`)
    .replace(NAMED_SECRET, (_all, name: string, between: string) => {
      return `${name}${between.replace(/\\/g, '')}${between.includes('"') ? `"${HIDDEN}"` : HIDDEN}`;
    });
}

/** Fields without their secrets. */
export function redactFields(fields: LogFields): LogFields {
  const redacted = Object.entries(fields).map(([name, value]) => {
    if (SECRET_NAME.test(name)) return [name, HIDDEN];
    return [name, typeof value === 'string' ? redactText(value) : value];
  });
  return Object.fromEntries(redacted) as LogFields;
}

/** A message and its fields as one line for a log that knows only text: `message name=value`. */
export function lineOf(message: string, fields: LogFields = {}): string {
  const named = Object.entries(redactFields(fields)).map(
    ([name, value]) => ` ${name}=${String(value)}`,
  );
  return escaped(redactText(message) + named.join(''));
}
