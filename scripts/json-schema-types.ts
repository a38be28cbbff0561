export type Json = Readonly<Record<string, unknown>>;

/** Whether callers send it (then `undefined` may stand for absent) or get it. */
export type Direction = 'input' | 'answer';

const COMPONENT = '#/components/schemas/';

/** Keywords that narrow values or describe them, and say nothing that a type can. */
const WITHOUT_TYPE = new Set([
  ...['description', 'title', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['format', 'pattern', 'minLength', 'maxLength', 'contentEncoding', 'contentMediaType'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'propertyNames'],
]);

const WITH_TYPE = new Set([
  ...['$ref', 'type', 'enum', 'const', 'anyOf', 'oneOf'],
  ...['properties', 'required', 'additionalProperties', 'items'],
]);

/**
 * A JSON schema (2020-12, as far as our document uses it) as a TypeScript type.
 * @param place names the schema in errors
 * @throws Error for a keyword or a form it does not understand
 */
export function schemaType(schema: Json, direction: Direction, place: string): string {
  for (const keyword of Object.keys(schema)) {
    if (WITHOUT_TYPE.has(keyword) || WITH_TYPE.has(keyword)) continue;
    throw new Error(`${place}: the keyword "${keyword}" is not understood`);
  }
  const { $ref, type, anyOf, oneOf } = schema;
  if ($ref !== undefined) return reference($ref, place);
  if ('const' in schema) return literal(schema['const'], place);
  if (schema['enum'] !== undefined) {
    return (schema['enum'] as unknown[]).map((value) => literal(value, place)).join(' | ');
  }
  const choices = (anyOf ?? oneOf) as readonly Json[] | undefined;
  if (choices) {
    if (type !== undefined) throw new Error(`${place}: anyOf or oneOf beside a type`);
    const types = choices.map((each, index) => schemaType(each, direction, `${place}/${index}`));
    return `(${[...new Set(types)].join(' | ')})`;
  }
  if (Array.isArray(type)) {
    const types = type.map((each) => schemaType({ ...schema, type: each }, direction, place));
    return `(${types.join(' | ')})`;
  }
  switch (type) {
    case undefined:
      return untyped(schema, place);
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      if (!schema['items']) throw new Error(`${place}: an array without items`);
      return `readonly (${schemaType(schema['items'] as Json, direction, `${place}/items`)})[]`;
    case 'object':
      return objectType(schema, direction, place);
    default:
      throw new Error(`${place}: the type ${JSON.stringify(type)} is not understood`);
  }
}

/** A comment, as lines; none for no text. */
export function doc(text: unknown): string[] {
  if (typeof text !== 'string' || text === '') return [];
  if (!text.includes('\n')) return [`/** ${text.replaceAll('*/', '*\\/')} */`];
  return ['/**', ...text.split('\n').map((line) => ` * ${line.replaceAll('*/', '*\\/')}`), ' */'];
}

/** What a component is called as a type: never as something that every program knows. */
export function typeName(component: string): string {
  return component in globalThis ? `${component}Body` : component;
}

function reference($ref: unknown, place: string): string {
  if (typeof $ref === 'string' && $ref.startsWith(COMPONENT)) {
    return typeName($ref.slice(COMPONENT.length));
  }
  throw new Error(`${place}: a reference to ${JSON.stringify($ref)}`);
}

function literal(value: unknown, place: string): string {
  if (typeof value === 'string') return `'${value.replace(/['\\]/g, '\\$&')}'`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) {
    return String(value);
  }
  throw new Error(`${place}: the constant ${JSON.stringify(value)} is not understood`);
}

/** Anything at all, if really nothing is said of it. */
function untyped(schema: Json, place: string): string {
  const said = Object.keys(schema).find((keyword) => WITH_TYPE.has(keyword));
  if (said === undefined) return 'unknown';
  throw new Error(`${place}: "${said}" without a type`);
}

function objectType(schema: Json, direction: Direction, place: string): string {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, Json>);
  const required = new Set(schema['required'] as readonly string[] | undefined);
  const more = schema['additionalProperties'];
  const orUndefined = direction === 'input' ? ' | undefined' : '';
  const lines = properties.flatMap(([name, property]) => {
    const type = schemaType(property, direction, `${place}/${name}`);
    const key = /^[a-zA-Z_$][\w$]*$/.test(name) ? name : `'${name}'`;
    return [
      ...doc(property['description']),
      required.has(name) ? `${key}: ${type};` : `${key}?: ${type}${orUndefined};`,
    ];
  });
  if (more === true || typeof more === 'object') {
    const type = more === true ? 'unknown' : schemaType(more as Json, direction, `${place}/*`);
    const others = properties.map(([name, property]) =>
      schemaType(property, direction, `${place}/${name}`),
    );
    // What has a name of its own has to fit as well.
    const all =
      type === 'unknown' ? type : [...new Set([type, ...others, 'undefined'])].join(' | ');
    lines.push(`[name: string]: ${all};`);
  } else if (lines.length === 0) {
    return more === false ? 'Record<string, never>' : 'Record<string, unknown>';
  }
  return `{\n${lines.join('\n')}\n}`;
}
