import type { Text } from '../../contract/language';
import { printable } from '../../contract/safe-input';
import type { DropReason } from './drop-reason';

/** Why a message was not taken at all: a short word for counters. */
export type RefusalReason = Extract<
  DropReason,
  | 'too-large'
  | 'malformed'
  | 'wrong-type'
  | 'forbidden-key'
  | 'unknown-unit'
  | 'out-of-range'
  | 'too-old'
  | 'duplicate'
>;

/** A message that was not taken. The detail is for people; its English is the error's message. */
export class RefusedMessage extends Error {
  override readonly name = 'RefusedMessage';
  readonly detail: Text;
  constructor(
    readonly reason: RefusalReason,
    detail: Text,
  ) {
    const told = { fr: printable(detail.fr, 200), en: printable(detail.en, 200) };
    super(told.en);
    this.detail = told;
  }
}

/** A copy where a lost message could cost a life: told in the log, too. */
export const COPY_OF_ALARM: Text = {
  fr: 'copie d’un message déjà reçu',
  en: 'a copy of a message that came before',
};

/** Why a reading is too old to count, by what it is behind. */
export const TOO_OLD = {
  newest: {
    fr: 'la mesure a plus de 10 jours de retard sur la plus récente',
    en: 'more than 10 days older than the newest reading',
  },
} as const satisfies Record<string, Text>;
