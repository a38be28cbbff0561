import { AurionError } from '../../src/contract/errors';
import { parseFields } from '../../src/domain/intake/payload';
import { RefusedMessage } from '../../src/domain/intake/refused-message';

/** Whether a payload is a message as `mqtt in` gives it: text or bytes. */
export function isRaw(payload: unknown): payload is string | Uint8Array {
  return typeof payload === 'string' || payload instanceof Uint8Array;
}

/** The fields of such a message, as they would be read over MQTT. @throws READING_REFUSED */
export function fieldsIn(payload: string | Uint8Array): Record<string, unknown> {
  try {
    return parseFields(Buffer.from(payload));
  } catch (error) {
    if (!(error instanceof RefusedMessage)) throw error;
    const { reason, detail } = error;
    throw new AurionError('READING_REFUSED', { params: { reason, problem: detail } });
  }
}
