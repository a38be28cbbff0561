import type { z } from 'zod';
import { located, problemsOf, UNFIT } from '../../contract/issue-texts';
import { statusMessage } from '../../contract/messages';
import { parseFields } from '../intake/payload';
import { RefusedMessage } from '../intake/refused-message';

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

/** What a report says something of, as one text: the same for two of which the later leaves nothing of the earlier. */
export function spokenOf({ status, attributes }: Report): string {
  const names = Object.entries(attributes).map(([name, value]) => [name, value === null]);
  return JSON.stringify([status !== undefined, ...names.sort()]);
}

/**
 * Reads the payload of a status message.
 * @throws RefusedMessage
 */
export function readReport(payload: Buffer): Report {
  const said = parseFields(payload);
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
