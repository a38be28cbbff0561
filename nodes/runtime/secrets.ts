import type { z } from 'zod';
import { MASK, secretFields } from '../../src/contract/fields';

type Fields = Readonly<Record<string, unknown>>;

/** A value with its secret fields replaced by the mask, and what they were. */
export function hide(value: unknown, schema: z.ZodType): { shown: unknown; hidden: Fields } {
  const names = secretFields(schema);
  if (names.length === 0 || !isFields(value)) return { shown: value, hidden: {} };
  const hidden = Object.fromEntries(
    names.filter((name) => value[name] !== undefined).map((name) => [name, value[name]]),
  );
  const masks = Object.fromEntries(Object.keys(hidden).map((name) => [name, MASK]));
  return { shown: { ...value, ...masks }, hidden };
}

/** A value with what is hidden back where it still shows the mask. */
export function reveal(value: unknown, hidden: Fields): unknown {
  if (!isFields(value)) return value;
  const masked = Object.keys(hidden).filter((name) => value[name] === MASK);
  if (masked.length === 0) return value;
  return { ...value, ...Object.fromEntries(masked.map((name) => [name, hidden[name]])) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
