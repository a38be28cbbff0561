import { isUtf8 } from 'node:buffer';
import { AurionError, textOf } from '../../contract/errors';
import { assertSafeKeys } from '../../contract/safe-input';
import { RefusedMessage } from './refused-message';

/** How large a message of a device, sensor or meter may be, on any topic. */
export const MESSAGE_BYTES_MAX = 16_384;

/** How many fields a message may have. */
export const FIELDS_MAX = 64;

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
 * @throws RefusedMessage for what is too large, no UTF-8, no JSON, or what `assertFields` refuses
 */
export function parseFields(payload: Buffer): Record<string, unknown> {
  assertNotTooLarge(payload.length);
  if (!isUtf8(payload)) {
    throw new RefusedMessage('malformed', { fr: "ce n'est pas de l'UTF-8", en: 'not UTF-8' });
  }
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    throw new RefusedMessage('malformed', { fr: "ce n'est pas du JSON", en: 'not JSON' });
  }
  assertFields(value);
  return value;
}

/**
 * Holds what every message must be, whichever way it came: an object, without keys that could be taken
 * for something else further in, and with a bounded number of fields.
 * @throws RefusedMessage
 */
export function assertFields(value: unknown): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RefusedMessage('wrong-type', {
      fr: "ce n'est pas un objet JSON",
      en: 'not a JSON object',
    });
  }
  if (Object.keys(value).length > FIELDS_MAX) {
    throw new RefusedMessage('wrong-type', {
      fr: `plus de ${FIELDS_MAX} champs`,
      en: `more than ${FIELDS_MAX} fields`,
    });
  }
  try {
    assertSafeKeys(value);
  } catch (error) {
    if (!(error instanceof AurionError)) throw error;
    const [fr, en] = [textOf(error, 'fr'), textOf(error, 'en')];
    throw new RefusedMessage('forbidden-key', { fr, en });
  }
}
