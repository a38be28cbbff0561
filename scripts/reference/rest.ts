import { createOpenApi } from '../../src/adapters/http/openapi';
import type { Json } from '../../src/adapters/http/openapi-schemas';
import type { OperationDeclaration } from '../../src/contract/operation';
import { code, fields, json, table, typeOf } from './markdown';

interface Body {
  readonly content?: Readonly<Record<string, { schema: Json; example?: unknown }>>;
}

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly 'x-role': string;
  readonly parameters?: readonly (Json & { name: string; in: string; schema: Json })[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Json>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: Readonly<Record<'schemas' | 'responses', Readonly<Record<string, Json>>>>;
}

/** Every operation over REST: what goes in, what comes out, how it can fail. */
export function restReference(
  operations: readonly OperationDeclaration[],
  info: { readonly version: string; readonly basePath: string },
): string {
  const { paths, components } = createOpenApi(operations, info).en as Document;
  const all = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, described]) => ({
      place: `${method.toUpperCase()} ${path}`,
      ...described,
    })),
  );
  const rows = all.map(({ operationId, place, summary, 'x-role': role }) => [
    `[${code(operationId)}](#${anchor(operationId)})`,
    code(place),
    role,
    summary,
  ]);
  return [
    table(['Operation', 'REST', 'Role', 'What it does'], rows),
    ...all.map((operation) => section(operation, components)),
    '## Shapes',
    ...Object.entries(components.schemas).map(
      ([name, schema]) => `### ${name}\n\n${fields(schema)}`,
    ),
  ].join('\n\n');
}

function section(
  { operationId, place, summary, 'x-role': role, ...rest }: Described & { place: string },
  components: Document['components'],
): string {
  const { parameters = [], requestBody, responses } = rest;
  const parts = [`## ${operationId}`, `${code(place)} · ${role}`, `${summary}.`];
  if (parameters.length > 0) {
    const rows = parameters.map(({ name, in: where, schema, required }) => [
      code(name),
      where,
      typeOf(schema),
      required === true ? 'yes' : '',
      typeof schema['description'] === 'string' ? schema['description'] : '',
    ]);
    parts.push(table(['Parameter', 'In', 'Type', 'Required', 'Meaning'], rows));
  }
  parts.push(...bodyPart('Body', requestBody, components));
  const success = Object.keys(responses).find((status) => status.startsWith('2')) ?? '200';
  parts.push(...bodyPart(`Answer ${success}`, responses[success], components));
  const failures = Object.entries(responses).flatMap(([status, { $ref }]) =>
    typeof $ref === 'string' && status !== success ? codesOf($ref) : [],
  );
  if (failures.length > 0) parts.push(`Errors: ${failures.map(code).join(', ')}`);
  return parts.join('\n\n');
}

function bodyPart(
  title: string,
  body: Body | undefined,
  { schemas }: Document['components'],
): string[] {
  if (!body) return [];
  const [type, { schema, example }] = Object.entries(body.content ?? {})[0] ?? ['', {}];
  if (!schema) return [`${title}, without content.`];
  if (typeof example === 'string') return [`${title}: ${code(type)}`, `\`\`\`\n${example}\`\`\``];
  const { $ref } = schema;
  const name = typeof $ref === 'string' ? typeOf(schema) : undefined;
  const isList = schema['type'] === 'array';
  const plain = name !== undefined && schemas[name] === undefined;
  const shape =
    name !== undefined && !plain
      ? `${title}: [${name}](#${name.toLowerCase()})`
      : isList
        ? `${title}: ${typeOf(schema)}`
        : `${title}:\n\n${fields(schema, title === 'Body' ? 'Required' : 'Always')}`;
  return [shape, ...(example === undefined ? [] : [json(example)])];
}

/** A response is named by the codes it is for. */
function codesOf(reference: string): readonly string[] {
  return reference.split('/').at(-1)?.split('.') ?? [];
}

export function anchor(heading: string): string {
  return heading.toLowerCase().replace(/[^a-z0-9 _-]/g, '');
}
