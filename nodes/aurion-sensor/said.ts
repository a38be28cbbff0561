import { parseJson, textIn } from '../../src/domain/intake/payload';
import { RefusedMessage } from '../../src/domain/intake/refused-message';
import { isRaw } from '../runtime/said';

/** What a message says as a reading: an object as it is, also as JSON text (as from `mqtt in`); anything else is the value. */
export function saidBy(payload: unknown): unknown {
  if (!isRaw(payload)) return isPlainObject(payload) ? payload : { value: payload };
  try {
    const parsed = parseJson(Buffer.from(payload));
    return isPlainObject(parsed) ? parsed : { value: parsed };
  } catch (error) {
    if (!(error instanceof RefusedMessage)) throw error;
    return { value: textIn(Buffer.from(payload)) };
  }
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
  );
}
