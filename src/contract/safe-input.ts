import { AurionError, type ErrorCode } from './errors';

/** How deep input may be nested, counted in objects and arrays. */
export const INPUT_DEPTH_MAX = 32;

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Whether a key could be taken for something else further in: a prototype name, a query operator (`$…`), a path (`a.b`). */
export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.has(key) || key.includes('.') || key.startsWith('$') || key.includes('\0');
}

/**
 * Refuses forbidden keys at any depth. What people and flows ask for passes here; a message of a device,
 * sensor or meter loses only the field (`MessageReader`).
 * @throws INPUT_KEY_FORBIDDEN, INPUT_TOO_DEEP
 */
export function assertSafeKeys(input: unknown, depth = 0): void {
  if (typeof input !== 'object' || input === null) return;
  if (depth >= INPUT_DEPTH_MAX) throw new AurionError('INPUT_TOO_DEEP');
  if (Array.isArray(input)) {
    for (const item of input) assertSafeKeys(item, depth + 1);
    return;
  }
  for (const [key, value] of Object.entries(input)) {
    if (isForbiddenKey(key)) {
      throw new AurionError('INPUT_KEY_FORBIDDEN', { params: { key: printable(key) } });
    }
    assertSafeKeys(value, depth + 1);
  }
}

/** Whether something holds a forbidden key, as far as `assertSafeKeys` looks. */
export function hasForbiddenKey(input: unknown): boolean {
  return whyUnsafe(input) === 'INPUT_KEY_FORBIDDEN';
}

/** What `assertSafeKeys` refuses something with; null: nothing. */
export function whyUnsafe(input: unknown): ErrorCode | null {
  try {
    assertSafeKeys(input);
    return null;
  } catch (error) {
    if (!(error instanceof AurionError)) throw error;
    return error.code;
  }
}

// Control characters (line breaks, ANSI escapes), invisible ones and bidirectional overrides.
const UNSAFE =
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A text from outside as one short line, safe in logs, terminals and error messages. */
export function printable(text: string, maxLength = 64): string {
  const line = text.replace(UNSAFE, '\u{fffd}');
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}

/** A text as one line that still says the same: what could break the line or steer a terminal stands there as JSON would escape it (`\n`, `\u001b`). */
export function escaped(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === '\n') return '\\n';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
