import { AurionError } from './errors';

/** How deep input may be nested, counted in objects and arrays. */
export const INPUT_DEPTH_MAX = 32;

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses keys that could be taken for something else further in: prototype names, query operators
 * (`$…`) and paths (`a.b`), at any depth. Every input passes here, whichever way it came (REST,
 * `msg`, MQTT).
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
    if (FORBIDDEN_KEYS.has(key) || key.includes('.') || key.startsWith('$') || key.includes('\0')) {
      throw new AurionError('INPUT_KEY_FORBIDDEN', { params: { key: printable(key) } });
    }
    assertSafeKeys(value, depth + 1);
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
