import type { Language, Text } from './language';

/** What became of a trial: of a broker's address, say, or of a store's. */
export interface Verdict {
  readonly outcome: 'good' | 'doubtful' | 'bad';
  /** For programs; the text may change. */
  readonly code: string;
  readonly text: Text;
}

/** A verdict as one person reads it. */
export interface ToldVerdict extends Omit<Verdict, 'text'> {
  readonly text: string;
}

export function told({ text, ...verdict }: Verdict, language: Language): ToldVerdict {
  return { ...verdict, text: text[language] };
}

/** The verdict whose second half follows from the first: the worse outcome, both texts. */
export function together(first: Verdict, second: Verdict): Verdict {
  const worse = rank(second) > rank(first) ? second : first;
  const text = {
    fr: `${first.text.fr}\n${second.text.fr}`,
    en: `${first.text.en}\n${second.text.en}`,
  };
  return { ...worse, text };
}

function rank({ outcome }: Verdict): number {
  return ['good', 'doubtful', 'bad'].indexOf(outcome);
}
