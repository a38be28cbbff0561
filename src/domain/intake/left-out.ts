import type { Text } from '../../contract/language';
import { printable } from '../../contract/safe-input';
import { RefusedMessage, TOO_OLD, type RefusalReason } from './refused-message';
import type { TimestampProblem } from './timestamp';

/** Why one field of a message was left out while the rest was taken: a short word for counters. */
export type LeftOutReason =
  | 'wrong-type'
  | 'out-of-range'
  | 'unknown-unit'
  | 'forbidden-key'
  | 'malformed'
  | 'nested'
  | 'too-long'
  | 'too-many'
  | 'too-late'
  | 'contradicted'
  | TimestampProblem;

/** A field that was left out (QUALITY M16). */
export interface LeftOut {
  /** Its name as the message has it; from outside, so to be shown as text only. */
  readonly field: string;
  readonly reason: LeftOutReason;
  /** What is wrong with it, without its name. */
  readonly detail: Text;
}

/** The time of a reading that is shown, and too late to be a part of history. */
export const TOO_LATE: LeftOut = {
  field: 'timestamp',
  reason: 'too-late',
  detail: TOO_OLD.newest,
};

/** A field that was left out, in one line: `battery – 255 is not from 0 to 100`. */
export function leftOutInWords({ field, detail }: LeftOut): Text {
  const name = printable(field);
  return { fr: `${name} – ${detail.fr}`, en: `${name} – ${detail.en}` };
}

/** The refusal of a message of which nothing is left, by the first thing that was wrong with it. */
export function refusalOf(leftOut: LeftOut): RefusedMessage {
  return new RefusedMessage(REFUSALS[leftOut.reason], leftOutInWords(leftOut));
}

const REFUSALS: Readonly<Record<LeftOutReason, RefusalReason>> = {
  'wrong-type': 'wrong-type',
  'out-of-range': 'out-of-range',
  'unknown-unit': 'unknown-unit',
  'forbidden-key': 'forbidden-key',
  malformed: 'malformed',
  nested: 'wrong-type',
  'too-long': 'wrong-type',
  'too-many': 'wrong-type',
  contradicted: 'wrong-type',
  'no-zone': 'wrong-type',
  'no-time': 'wrong-type',
  ahead: 'wrong-type',
  'too-old': 'too-old',
  'too-late': 'too-old',
};
