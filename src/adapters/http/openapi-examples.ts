import type { Json } from './openapi-schemas';

/** A time that stands for any other. */
const SOME_TIME = '2026-03-29T08:15:00.000Z';
/** Stands for a text that could say anything. */
const SOME_TEXT = '…';

/**
 * An example of what a JSON schema describes: the one its declaration gives (`.meta({ examples })`),
 * else one put together from its parts. A field that may be left out is only in it where the field
 * itself has an example.
 * @param resolve follows a reference; gives back what is none
 * @param within references this schema is part of
 * @returns undefined where nothing can be said, a text that must match a pattern for one
 */
export function exampleOf(
  schema: Json,
  resolve: (schema: Json) => Json,
  within: readonly unknown[] = [],
): unknown {
  const { $ref } = schema;
  // What contains itself goes one round.
  if ($ref !== undefined && within.includes($ref)) return undefined;
  const around = [...within, $ref];
  const { examples, enum: values, type, anyOf, ...rest } = resolve(schema);
  const [given] = list(examples) ?? list(values) ?? [];
  if (given !== undefined) return given;
  if ('const' in rest) return rest.const;
  if ('default' in rest) return rest.default;
  const [first] = list(anyOf) ?? [];
  if (first !== undefined) return exampleOf(first as Json, resolve, around);
  switch (type) {
    case 'object':
      return exampleOfObject(rest, resolve, around);
    case 'array': {
      const item = exampleOf((rest['items'] ?? {}) as Json, resolve, around);
      return item === undefined ? [] : [item];
    }
    case 'string':
      if (rest['format'] === 'date-time') return SOME_TIME;
      return rest['pattern'] === undefined ? SOME_TEXT : undefined;
    case 'integer':
    case 'number':
      return Number(rest['minimum'] ?? Number(rest['exclusiveMinimum'] ?? 0) + 1);
    case 'boolean':
      return true;
    default:
      return undefined;
  }
}

function exampleOfObject(
  { properties = {}, required = [] }: Json,
  resolve: (schema: Json) => Json,
  within: readonly unknown[],
): Json | undefined {
  const example: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(properties as Record<string, Json>)) {
    const isRequired = (required as string[]).includes(name);
    if (!isRequired && !list(resolve(field)['examples'])) continue;
    const value = exampleOf(field, resolve, within);
    if (value !== undefined) example[name] = value;
    else if (isRequired) return undefined;
  }
  return example;
}

function list(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as unknown[]) : undefined;
}
