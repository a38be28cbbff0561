import { isUtf8 } from 'node:buffer';
import { assertSafeKeys, printable } from '../../contract/safe-input';

/** What a device may say in one status message beside its status: numbers, texts, truths; nested data is refused. */
export type Attribute = number | string | boolean | null;
export type Attributes = { readonly [name: string]: Attribute };

/** A device's own word on its state. */
export interface Report {
  readonly status?: boolean;
  /** Everything else it said (power in W, temperature in °C, brightness, …). */
  readonly attributes: Attributes;
  /** The command it answers, if it says so. */
  readonly commandId?: string;
}

/** Why a message was not taken; the reason is a short word for counters, the detail is for people. */
export class RefusedMessage extends Error {
  override readonly name = 'RefusedMessage';
  constructor(
    readonly reason:
      | 'too-large'
      | 'malformed'
      | 'wrong-type'
      | 'forbidden-key'
      | 'unknown-unit'
      | 'out-of-range'
      | 'too-old',
    detail: string,
  ) {
    super(printable(detail, 200));
  }
}

export const MESSAGE_BYTES_MAX = 16_384;
const ATTRIBUTES_MAX = 32;
const TEXT_LENGTH_MAX = 256;

/**
 * Reads the payload of a status message.
 * @throws RefusedMessage
 */
export function readReport(payload: Buffer): Report {
  const { status, commandId, ...rest } = parseObject(payload);
  const names = Object.keys(rest);
  if (names.length > ATTRIBUTES_MAX) {
    throw new RefusedMessage('wrong-type', `more than ${ATTRIBUTES_MAX} attributes`);
  }
  for (const name of names) assertAttribute(name, rest[name]);
  if (commandId !== undefined && (typeof commandId !== 'string' || commandId.length > 64)) {
    throw new RefusedMessage('wrong-type', 'commandId is not a short text');
  }
  return {
    attributes: rest as Attributes,
    ...(status !== undefined && { status: readStatus(status) }),
    ...(commandId !== undefined && { commandId }),
  };
}

/**
 * Parses a message into an object, or refuses it before it costs anything.
 * @throws RefusedMessage
 */
export function parseObject(payload: Buffer): Record<string, unknown> {
  if (payload.length > MESSAGE_BYTES_MAX) {
    throw new RefusedMessage('too-large', `${payload.length} bytes, ${MESSAGE_BYTES_MAX} at most`);
  }
  if (!isUtf8(payload)) throw new RefusedMessage('malformed', 'not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    throw new RefusedMessage('malformed', 'not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RefusedMessage('wrong-type', 'not a JSON object');
  }
  try {
    assertSafeKeys(value);
  } catch (error) {
    throw new RefusedMessage('forbidden-key', (error as Error).message);
  }
  return value as Record<string, unknown>;
}

/** `true`, `"on"` and `"ON"` are on, as many plugs say it. */
function readStatus(status: unknown): boolean {
  const word = typeof status === 'string' ? status.toLowerCase() : status;
  if (word === true || word === 'on') return true;
  if (word === false || word === 'off') return false;
  throw new RefusedMessage('wrong-type', 'status is neither true, false, "on" nor "off"');
}

function assertAttribute(name: string, value: unknown): void {
  const plain =
    value === null ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value)) ||
    (typeof value === 'string' && value.length <= TEXT_LENGTH_MAX);
  if (!plain || name.length > 64) {
    throw new RefusedMessage('wrong-type', `attribute ${name} is not a plain short value`);
  }
  if ((name === 'power' || name === 'temperature') && value !== null && typeof value !== 'number') {
    throw new RefusedMessage('wrong-type', `${name} is not a number`);
  }
}
