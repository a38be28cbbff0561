import { doc, schemaType, typeName, type Json } from './json-schema-types';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: Json;
}

interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly 'x-role': string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Json }> };
  readonly responses: Record<string, Answer | { readonly $ref: string }>;
}

interface Answer {
  readonly content?: Record<string, { readonly schema: Json; readonly examples?: Json }>;
}

export interface OpenApiDocument {
  readonly paths: Record<string, Record<string, OpenApiOperation>>;
  readonly 'x-events': Record<string, Json>;
  readonly components: {
    readonly schemas: Record<string, Json>;
    readonly responses: Record<string, Answer>;
  };
}

/** Health and documents: pages beside the operations, which no frontend needs typed. */
const NOT_FOR_FRONTENDS = 'service';
/** What a client has beside groups of operations. */
const RESERVED = ['live'];
const SIGNED_IN = '#/components/schemas/SignedIn';
const BODY_METHODS = ['post', 'put', 'patch'];

interface Described {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly public: boolean;
  readonly signsIn: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly input: string | null;
  readonly inputNeeded: boolean;
  readonly answer: string;
  readonly errors: readonly string[];
  readonly text: string;
}

/**
 * The TypeScript module of what the client knows of an API: components, events, error codes, and
 * every operation's input, answer and errors, with the table that tells how to call it.
 * @throws Error that names the place when the document has something this does not understand
 */
export function clientTypes(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, { tags }]) => !tags.includes(NOT_FOR_FRONTENDS))
      .map(([method, operation]) => describe(document, method, path, operation)),
  );
  const codes = [...new Set(operations.flatMap(({ errors }) => errors))].sort();
  return [
    '',
    '/** A code that Aurion answers errors with. */',
    `export type ErrorCode = ${union(codes)};`,
    ...Object.entries(document.components.schemas).map(([name, schema]) =>
      [
        '',
        ...doc(schema['description']),
        `export type ${typeName(name)} = ${schemaType(schema, 'answer', `components/schemas/${name}`)};`,
      ].join('\n'),
    ),
    '',
    '/** What happens in a home: the name of each event and what it carries. */',
    'export interface HomeEvents {',
    ...Object.entries(document['x-events']).map(
      ([name, schema]) => `'${name}': ${schemaType(schema, 'answer', `x-events/${name}`)};`,
    ),
    '}',
    '',
    '/** What an operation takes, gives and can be refused with. */',
    'export interface Operations {',
    ...operations.map(
      ({ id, input, inputNeeded, answer, errors }) =>
        `'${id}': { input: ${input ?? 'undefined'}${input !== null && !inputNeeded ? ' | undefined' : ''}; answer: ${answer}; errors: ${union(errors)} };`,
    ),
    '}',
    '',
    '/** How operations are called. */',
    'export interface CallOptions {',
    '/** Ends the call; it then rejects with the reason of the signal. */',
    'readonly signal?: AbortSignal | undefined;',
    '}',
    '',
    '/** The operations as methods, by their ids. */',
    'export interface Methods {',
    ...methods(operations),
    '}',
    '',
    '/** How each operation is called over HTTP. */',
    'export const CALLS = {',
    ...operations.map((operation) => `'${operation.id}': ${tableRow(operation)},`),
    '} as const;',
  ].join('\n');
}

function describe(
  document: OpenApiDocument,
  method: string,
  path: string,
  operation: OpenApiOperation,
): Described {
  const { operationId: id, parameters = [], requestBody, responses } = operation;
  if (!/^[a-z][\w-]*(\.[a-z][\w-]*)+$/.test(id)) throw new Error(`${id}: not <group>.<name>`);
  const [group = ''] = id.split('.');
  if (RESERVED.includes(group)) throw new Error(`${id}: the client has a "${group}" of its own`);
  const headers: Record<string, string> = {};
  const fields = parameters.map((parameter) => {
    const { name, in: place, required, schema } = parameter;
    if (!['path', 'query', 'header'].includes(place)) throw new Error(`${id}: ${place} parameter`);
    if (place === 'query' && BODY_METHODS.includes(method))
      throw new Error(`${id}: query in ${method}`);
    const field = place === 'header' ? headerField(name) : name;
    if (place === 'header') headers[field] = name;
    const type = schemaType(schema, 'input', `${id}/${name}`);
    const comment = doc(schema['description']).join('\n');
    return `${comment}\n${field}${required ? '' : '?'}: ${type}${required ? '' : ' | undefined'};`;
  });
  const body = requestBody && onlyJson(id, requestBody.content);
  if (body && !BODY_METHODS.includes(method)) throw new Error(`${id}: a body in ${method}`);
  const parts = [
    ...(fields.length > 0 ? [`{ ${fields.join('\n')} }`] : []),
    ...(body ? [schemaType(body, 'input', `${id}/body`)] : []),
  ];
  const required = body?.['required'] as readonly string[] | undefined;
  const [answer, signsIn] = answerOf(id, responses);
  const errors = Object.entries(responses)
    .filter(([status]) => !status.startsWith('2'))
    .flatMap(([, response]) => codesOf(document, id, response));
  return {
    id,
    method: method.toUpperCase(),
    path,
    public: operation['x-role'] === 'public',
    signsIn,
    headers,
    input: parts.length > 0 ? parts.join(' & ') : null,
    inputNeeded: parameters.some((each) => each.required) || (required?.length ?? 0) > 0,
    answer,
    errors,
    text: `${operation.summary}. Role: ${operation['x-role']}.`,
  };
}

/** `Idempotency-Key` is the input's `idempotencyKey`, `X-Aurion-Setup-Code` its `setupCode`. */
function headerField(header: string): string {
  return camelCase(header.replace(/^X-(Aurion-)?/, '').toLowerCase());
}

function onlyJson(id: string, content: Record<string, { readonly schema: Json }>): Json {
  const schema = content['application/json']?.schema;
  if (!schema || Object.keys(content).length > 1) throw new Error(`${id}: a body that is not JSON`);
  return schema;
}

function answerOf(id: string, responses: OpenApiOperation['responses']): [string, boolean] {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const [response] = good.map(([, each]) => each);
  if (good.length !== 1 || !response || '$ref' in response) {
    throw new Error(`${id}: one answer that is not a reference is expected`);
  }
  const types = Object.entries(response.content ?? {});
  const [first] = types;
  if (!first) return ['undefined', false];
  if (types.length > 1) throw new Error(`${id}: answers in several types`);
  const [contentType, { schema }] = first;
  if (contentType.startsWith('text/')) return ['string', false];
  if (contentType !== 'application/json') throw new Error(`${id}: answers ${contentType}`);
  return [schemaType(schema, 'answer', `${id}/answer`), schema['$ref'] === SIGNED_IN];
}

function codesOf(
  document: OpenApiDocument,
  id: string,
  response: Answer | { readonly $ref: string },
): readonly string[] {
  const name = '$ref' in response ? response.$ref.replace('#/components/responses/', '') : null;
  const answer = name === null ? (response as Answer) : document.components.responses[name];
  const examples = answer?.content?.['application/json']?.examples;
  if (!examples) throw new Error(`${id}: an error answer without codes: ${name ?? 'inline'}`);
  return Object.keys(examples);
}

/** `auth.logout-all` becomes `auth: { logoutAll(): … }`. */
function methods(operations: readonly Described[], prefix: readonly string[] = []): string[] {
  const names = new Set(operations.map(({ id }) => id.split('.')[prefix.length] ?? ''));
  return [...names].flatMap((name) => {
    const path = [...prefix, name];
    const inside = operations.filter(({ id }) => startsWith(id.split('.'), path));
    const self = inside.find(({ id }) => id === path.join('.'));
    if (!self) return [`readonly ${camelCase(name)}: {`, ...methods(inside, path), '};'];
    if (inside.length > 1) throw new Error(`${self.id} is an operation and a group`);
    const input = self.input === null ? 'input?: undefined' : inputParameter(self);
    return [
      ...doc(self.text),
      `${camelCase(name)}(${input}, options?: CallOptions): Promise<Operations['${self.id}']['answer']>;`,
    ];
  });
}

function inputParameter({ id, inputNeeded }: Described): string {
  return `input${inputNeeded ? '' : '?'}: Operations['${id}']['input']`;
}

function startsWith(parts: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((part, index) => parts[index] === part);
}

function tableRow(operation: Described): string {
  const { method, path, headers, signsIn } = operation;
  return (
    [
      `{ method: '${method}', path: '${path}'`,
      ...(operation.public ? ['public: true'] : []),
      ...(signsIn ? ['signsIn: true'] : []),
      ...(Object.keys(headers).length > 0 ? [`headers: ${JSON.stringify(headers)}`] : []),
    ].join(', ') + ' }'
  );
}

function union(codes: readonly string[]): string {
  return codes.length > 0 ? codes.map((code) => `'${code}'`).join(' | ') : 'never';
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());
}
