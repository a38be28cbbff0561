import { RefusedMessage } from './refused-message';

/** How large a message of a device, sensor or meter may be, on any topic. */
export const MESSAGE_BYTES_MAX = 16_384;

/**
 * Looks at a message's size in bytes; to be asked before anything else is done with it.
 * @throws RefusedMessage `too-large`
 */
export function assertNotTooLarge(bytes: number): void {
  if (bytes <= MESSAGE_BYTES_MAX) return;
  throw new RefusedMessage('too-large', {
    fr: `${bytes} octets, ${MESSAGE_BYTES_MAX} au plus`,
    en: `${bytes} bytes, ${MESSAGE_BYTES_MAX} at most`,
  });
}

/**
 * The fields of a message that came as bytes.
 * @throws RefusedMessage for what is too large, no JSON, or no object
 */
export function parseFields(payload: Buffer): Record<string, unknown> {
  assertNotTooLarge(payload.length);
  const value = parseJson(payload);
  assertFields(value);
  return value;
}

/** What editors put before a text, and C programs send behind it. */
const AROUND = /^\ufeff|(?<=[^\0])\0+$/g;
/** A text as JSON has it (also one that does not end), or a number that is none as programs print it. */
const TEXT_OR_NO_NUMBER = /"(?:[^"\\]|\\[^])*"?|[+-]?\b(?:nan|inf(?:inity)?)\b/gi;

/**
 * Reads JSON as devices write it, so that nothing is lost for the rest of it: with a byte order mark, with
 * NULs at the end, with `NaN` or `inf` for a number (which is then a text). Bytes that are no UTF-8 become
 * U+FFFD, by which `MessageReader` knows a text that can't be read.
 * @throws RefusedMessage `malformed`
 */
export function parseJson(payload: Buffer): unknown {
  const text = textIn(payload);
  try {
    return JSON.parse(text);
  } catch {
    return parseWithoutNumbers(text);
  }
}

/** A message's text, without a byte order mark before it and NULs behind it. */
export function textIn(payload: Buffer): string {
  return payload.toString('utf8').replace(AROUND, '');
}

function parseWithoutNumbers(text: string): unknown {
  try {
    return JSON.parse(
      text.replace(TEXT_OR_NO_NUMBER, (found) => (found.startsWith('"') ? found : `"${found}"`)),
    );
  } catch {
    throw new RefusedMessage('malformed', { fr: "ce n'est pas du JSON", en: 'not JSON' });
  }
}

/**
 * Holds what every message must be, whichever way it came: an object. What its fields are called and
 * hold is for `MessageReader` to judge.
 * @throws RefusedMessage
 */
export function assertFields(value: unknown): asserts value is Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new RefusedMessage('wrong-type', {
    fr: "ce n'est pas un objet JSON",
    en: 'not a JSON object',
  });
}
