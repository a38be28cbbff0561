import { z } from 'zod';
import type { Text } from './language';

const WORDS = new Map<string, Text>();

/** A text of a form that people are told in words, not as the pattern. */
export function worded(pattern: RegExp, text: Text): z.ZodString {
  WORDS.set(String(pattern), text);
  return z.string().regex(pattern);
}

/** The words for a pattern, where it has some. */
export function wordsFor(pattern: string | undefined): Text | undefined {
  return pattern === undefined ? undefined : WORDS.get(pattern);
}
