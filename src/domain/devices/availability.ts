import { parseFields, textIn } from '../intake/payload';
import { RefusedMessage } from '../intake/refused-message';

/**
 * What an availability message says: `online` or `offline` in any case, bare, as a JSON text, or as
 * `{"state":"online"}`. An empty one takes back what the broker remembered.
 * @returns null for that: nobody knows whether the device can be reached
 * @throws RefusedMessage for anything else, which is never taken for offline (QUALITY M16)
 */
export function readAvailability(payload: Buffer): boolean | null {
  const text = textIn(payload).trim();
  if (text === '') return null;
  const said: unknown = text.startsWith('{') ? parseFields(payload)['state'] : text;
  const word =
    typeof said === 'string'
      ? said
          .replace(/^"(.*)"$/, '$1')
          .trim()
          .toLowerCase()
      : '';
  if (word === 'online') return true;
  if (word === 'offline') return false;
  throw new RefusedMessage('wrong-type', {
    fr: 'ni online ni offline',
    en: 'neither online nor offline',
  });
}
