export const LANGUAGES = ['fr', 'en'] as const;

export type Language = (typeof LANGUAGES)[number];

/** A text people read, in every language of Aurion. */
export type Text = Readonly<Record<Language, string>>;
