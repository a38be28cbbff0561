import type { Json } from '../../src/adapters/http/openapi-schemas';

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}

export function json(value: unknown): string {
  return ['```json', JSON.stringify(value, null, 2), '```'].join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** The fields of an object's JSON schema, one row each. */
export function fields(schema: Json, whenRequired: 'Always' | 'Required' = 'Always'): string {
  const { properties = {}, required = [] } = schema;
  const rows = Object.entries(properties as Record<string, Json>).map(([name, field]) => [
    code(name),
    typeOf(field),
    (required as string[]).includes(name) ? 'yes' : '',
    typeof field['description'] === 'string' ? field['description'] : '',
  ]);
  const more = schema['additionalProperties'];
  if (typeof more === 'object') rows.push(['any other name', typeOf(more as Json), '', '']);
  return rows.length > 0 ? table(['Field', 'Type', whenRequired, 'Meaning'], rows) : 'No fields.';
}

/** A schema in a few words. */
export function typeOf(schema: Json): string {
  const { $ref, type, format } = schema;
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? '';
  if ('const' in schema) return code(JSON.stringify(schema['const']));
  const values = schema['enum'] as readonly unknown[] | undefined;
  if (values) return values.map((value) => code(JSON.stringify(value))).join(', ');
  const choices = (schema['anyOf'] ?? schema['oneOf']) as readonly Json[] | undefined;
  if (choices) return choices.map(typeOf).join(' or ');
  if (type === 'array') return `list of ${typeOf((schema['items'] ?? {}) as Json)}`;
  if (format === 'date-time') return 'time (ISO 8601, UTC)';
  if (Array.isArray(type)) return type.join(' or ');
  if (typeof type !== 'string') return 'anything';
  return [type === 'string' ? 'text' : type, rangeOf(schema)].filter(Boolean).join(', ');
}

function rangeOf({ minimum, maximum, minLength, maxLength }: Json): string {
  const isGiven = (limit: unknown) => typeof limit === 'number' && limit < Number.MAX_SAFE_INTEGER;
  const [from, to] = [minimum ?? minLength, maximum ?? maxLength];
  const unit = isGiven(maxLength) ? ' characters' : '';
  if (isGiven(from) && isGiven(to)) return `${Number(from)} to ${Number(to)}${unit}`;
  if (isGiven(to)) return `at most ${Number(to)}${unit}`;
  return isGiven(minimum) ? `at least ${Number(minimum)}` : '';
}
