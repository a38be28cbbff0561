import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { statusMessage } from '../../contract/messages';
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

/**
 * Reads the payload of a status message.
 * @throws RefusedMessage
 */
export function readReport(payload: Buffer): Report {
  const read = statusMessage.safeParse(parseObject(payload));
  if (!read.success) throw new RefusedMessage('wrong-type', problemOf(read.error));
  const { status, commandId, ...attributes } = read.data;
  return {
    attributes,
    ...(status !== undefined && { status: isOn(status) }),
    ...(commandId !== undefined && { commandId }),
  };
}

function problemOf({ issues: [issue] }: z.core.$ZodError): string {
  return [...(issue?.path ?? []), issue?.message].join(': ');
}

/** `true`, `"on"` and `"ON"` are on, as many plugs say it. */
function isOn(status: boolean | string): boolean {
  return typeof status === 'string' ? status.toLowerCase() === 'on' : status;
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
