import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import { AurionError, textOf } from '../../contract/errors';
import { located, problemsOf, UNFIT } from '../../contract/issue-texts';
import type { Text } from '../../contract/language';
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

/** Why a message was not taken; the reason is a short word for counters, the detail is for people, its English is the message. */
export class RefusedMessage extends Error {
  override readonly name = 'RefusedMessage';
  readonly detail: Text;
  constructor(
    readonly reason:
      | 'too-large'
      | 'malformed'
      | 'wrong-type'
      | 'forbidden-key'
      | 'unknown-unit'
      | 'out-of-range'
      | 'too-old',
    detail: Text,
  ) {
    const told = { fr: printable(detail.fr, 200), en: printable(detail.en, 200) };
    super(told.en);
    this.detail = told;
  }
}

/** Why a reading is too old to count, by what it is behind. */
export const TOO_OLD = {
  now: {
    fr: 'timestamp date de plus de 400 jours',
    en: 'timestamp is more than 400 days old',
  },
  newest: {
    fr: 'la mesure a plus de 10 jours de retard sur la plus récente',
    en: 'more than 10 days older than the newest reading',
  },
} as const satisfies Record<string, Text>;

export const MESSAGE_BYTES_MAX = 16_384;

/**
 * Reads the payload of a status message.
 * @throws RefusedMessage
 */
export function readReport(payload: Buffer): Report {
  const said = parseObject(payload);
  const read = statusMessage.safeParse(said);
  if (!read.success) throw wrongBy(statusMessage, said);
  const { status, commandId, ...attributes } = read.data;
  return {
    attributes,
    ...(status !== undefined && { status: isOn(status) }),
    ...(commandId !== undefined && { commandId }),
  };
}

/** The refusal of a message that its schema does not take. */
export function wrongBy(schema: z.ZodType, said: unknown): RefusedMessage {
  const [problem] = problemsOf(schema, said);
  return new RefusedMessage('wrong-type', problem ? located(problem) : UNFIT);
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
    throw new RefusedMessage('too-large', {
      fr: `${payload.length} octets, ${MESSAGE_BYTES_MAX} au plus`,
      en: `${payload.length} bytes, ${MESSAGE_BYTES_MAX} at most`,
    });
  }
  if (!isUtf8(payload)) {
    throw new RefusedMessage('malformed', { fr: "ce n'est pas de l'UTF-8", en: 'not UTF-8' });
  }
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    throw new RefusedMessage('malformed', { fr: "ce n'est pas du JSON", en: 'not JSON' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RefusedMessage('wrong-type', {
      fr: "ce n'est pas un objet JSON",
      en: 'not a JSON object',
    });
  }
  try {
    assertSafeKeys(value);
  } catch (error) {
    if (!(error instanceof AurionError)) throw error;
    const [fr, en] = [textOf(error, 'fr'), textOf(error, 'en')];
    throw new RefusedMessage('forbidden-key', { fr, en });
  }
  return value as Record<string, unknown>;
}
