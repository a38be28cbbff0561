/** Why a message that came in was not kept: the words of the counters. */
export const DROP_REASONS = [
  'too-large',
  'malformed',
  'wrong-type',
  'forbidden-key',
  'unknown-unit',
  'out-of-range',
  'too-old',
  'duplicate',
  'unknown',
  'disabled',
  'topic',
  'rate',
  'rights',
  'journal',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];
