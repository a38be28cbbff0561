import { HOME_EVENTS } from '../../contract/events';
import { PARTS, PART_STATES } from '../../contract/health';
import { LANGUAGES, type Language, type Text } from '../../contract/language';
import type { OperationDeclaration, RestDeclaration } from '../../contract/operation';
import {
  ERROR_SCHEMA,
  errorText,
  hasBody,
  HEADERS,
  OpenApiErrors,
  REQUEST_ID_HEADER,
} from './openapi-errors';
import { exampleOf } from './openapi-examples';
import { inLanguage } from './openapi-languages';
import { OpenApiSchemas, type Json } from './openapi-schemas';

const DESCRIPTION: Text = {
  fr: `Aurion, le serveur de la maison connectée. Tout ce qui suit est tiré des déclarations de ses opérations.

- En français ou en anglais, selon \`Accept-Language\` ; les boutons de cette page restent en anglais : _Authorize_ prend le \`token\` reçu à la connexion, _Try it out_ permet d'essayer.
- \`x-role\` est le rôle qu'il faut : \`admin\` > \`user\` > \`guest\` ; \`public\` se passe de jeton.
- Les identifiants sont des entiers à partir de 1, les heures sont en UTC au format ISO 8601. Les réponses peuvent gagner des champs.
- Un texte vide pour une entrée facultative compte comme absent.
- Un chemin connu, mais sans cette méthode : 405 \`METHOD_NOT_ALLOWED\`.`,
  en: `Aurion, the backend of a smart home. Everything here is made from the declarations of its operations.

- In French or English, as \`Accept-Language\` asks.
- \`x-role\` is the role an operation asks for: \`admin\` > \`user\` > \`guest\`; \`public\` needs no token.
- Ids are integers from 1, times ISO 8601 in UTC. Answers may gain fields.
- Empty text for an optional input counts as absent.
- A known path with a method it does not have: 405 \`METHOD_NOT_ALLOWED\`.`,
};

const SUCCESS = {
  200: { fr: 'Succès', en: 'Success' },
  201: { fr: 'Créé', en: 'Created' },
  204: { fr: 'Fait, sans contenu', en: 'Done, no content' },
} as const;

/**
 * The OpenAPI 3.1 document of an API made of these operations, and of the pages beside them, in each
 * language; `x-language` says which. Made from the declarations alone; the same declarations give the
 * same document, key by key.
 * @throws Error when a declaration contradicts itself: a path or header field that is not in the
 *   input, two operations at one place, two schemas with one id
 */
export function createOpenApi(
  operations: readonly OperationDeclaration[],
  info: { readonly version: string; readonly basePath: string },
): Readonly<Record<Language, object>> {
  const schemas = new OpenApiSchemas({ Error: ERROR_SCHEMA });
  const errors = new OpenApiErrors();
  const answers = new Map(
    operations.map((operation) => [
      operation,
      schemas.read(operation.answer, 'output', `${schemaName(operation)}Answer`),
    ]),
  );
  const events = Object.entries(HOME_EVENTS).map(([name, { data }]) => [
    name,
    schemas.read(data, 'output', `${name}Event`),
  ]);
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const { method, path } = operation.rest;
    const item = (paths[path.replace(/:(\w+)/g, '{$1}')] ??= {});
    if (item[method.toLowerCase()]) throw new Error(`Two operations at ${method} ${path}`);
    item[method.toLowerCase()] = {
      ...describe(operation, schemas),
      responses: {
        ...successOf(operation.rest, answers.get(operation) ?? {}, schemas),
        ...errors.of(operation),
      },
    };
  }
  const tags = [...new Set(operations.map(({ group }) => group)), 'service'];
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Aurion',
      version: info.version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: info.basePath }],
    security: [{ bearer: [] }],
    tags: tags.map((name) => ({ name })),
    paths: { ...paths, ...pages(errors) },
    // What the WebSocket's event frames carry, by event.
    'x-events': Object.fromEntries(events) as Json,
    components: {
      schemas: schemas.all(),
      headers: HEADERS,
      ...errors.components(),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
  const translated = LANGUAGES.map((language) => [
    language,
    { ...inLanguage(document, language), 'x-language': language },
  ]);
  return Object.fromEntries(translated) as Record<Language, object>;
}

function describe(operation: OperationDeclaration, schemas: OpenApiSchemas): Json {
  const { id, group, role, summary } = operation;
  const { parameters, body } = inputOf(operation, schemas);
  return {
    operationId: id,
    tags: [group],
    summary,
    'x-role': role,
    ...(role === 'public' && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
  };
}

function inputOf(
  operation: OperationDeclaration,
  schemas: OpenApiSchemas,
): { readonly parameters: readonly Json[]; readonly body: Json | null } {
  const { rest } = operation;
  const read = schemas.read(operation.input, 'input', `${schemaName(operation)}Input`);
  const input = schemas.resolve(read) as { properties?: Record<string, Json>; required?: string[] };
  const fields = new Map(Object.entries(input.properties ?? {}));
  const required = new Set(input.required);
  const resolve = (schema: Json) => schemas.resolve(schema);
  const examples = new Map(Object.entries((exampleOf(input, resolve) ?? {}) as Json));
  const parameters: Json[] = [];

  function take(field: string, place: 'path' | 'header' | 'query', name = field): void {
    const schema = fields.get(field);
    if (!schema) throw new Error(`${operation.id}: ${place} field "${field}" is not in its input`);
    fields.delete(field);
    const isRequired = place === 'path' || required.has(field);
    const example = examples.has(field) && { example: examples.get(field) };
    examples.delete(field);
    parameters.push({ name, in: place, required: isRequired, schema, ...example });
  }

  const inputSize = fields.size;
  for (const [, field = ''] of rest.path.matchAll(/:(\w+)/g)) take(field, 'path');
  for (const [field, header] of Object.entries(rest.headers ?? {})) take(field, 'header', header);
  if (!hasBody(rest)) for (const field of [...fields.keys()]) take(field, 'query');
  if (fields.size === 0) return { parameters, body: null };

  const needed = [...fields.keys()].filter((field) => required.has(field));
  const rebuilt = {
    ...input,
    properties: Object.fromEntries(fields),
    required: needed.length > 0 ? needed : undefined,
  };
  const schema = fields.size === inputSize ? read : withoutUndefined(rebuilt);
  const example = examples.size > 0 ? Object.fromEntries(examples) : undefined;
  return { parameters, body: { required: needed.length > 0, content: json(schema, example) } };
}

function successOf(
  { status = 200, contentType }: RestDeclaration,
  answer: Json,
  schemas: OpenApiSchemas,
): Json {
  const resolve = (schema: Json) => schemas.resolve(schema);
  if (contentType !== undefined) {
    const content = { [contentType]: { schema: answer, example: exampleOf(answer, resolve) } };
    return { [status]: { description: SUCCESS[status], headers: REQUEST_ID_HEADER, content } };
  }
  const content = status === 204 ? {} : { content: json(answer, exampleOf(answer, resolve)) };
  return { [status]: { description: SUCCESS[status], headers: REQUEST_ID_HEADER, ...content } };
}

const ISO_TIME = { type: 'string', format: 'date-time' };
const PART = {
  type: 'object',
  required: ['state', 'since'],
  properties: {
    state: { type: 'string', enum: PART_STATES },
    since: ISO_TIME,
    code: { type: 'string', description: 'why it is away, for programs' },
    reason: { type: 'string', description: 'why it is away, for people' },
  },
};
/** What only an administrator, or somebody at the machine itself, is told. */
const DETAILS = {
  version: { type: 'string' },
  uptimeS: { type: 'integer', minimum: 0 },
  parts: {
    type: 'object',
    description: 'for administrators, and on the machine itself',
    properties: Object.fromEntries(PARTS.map((part) => [part, PART])),
  },
  warnings: {
    type: 'array',
    description: 'for administrators, and on the machine itself: what works and yet asks for them',
    items: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: { type: 'string', enum: ['NO_ACCOUNT'] }, message: { type: 'string' } },
    },
  },
};

/** What the API answers beside operations. */
const pages = (errors: OpenApiErrors): Json => ({
  '/health/live': page(
    'health.live',
    { fr: 'Le processus répond', en: 'The process answers' },
    {
      200: json(statusSchema(['ok'])),
    },
  ),
  '/health/ready': page(
    'health.ready',
    { fr: "L'état de la maison", en: 'How the home is' },
    {
      200: json(statusSchema(['ok', 'degraded'], DETAILS)),
      503: json(statusSchema(['unavailable'], DETAILS)),
    },
  ),
  '/metrics': metricsPage(errors),
  '/openapi.json': page(
    'openapi',
    { fr: 'Ce document', en: 'This document' },
    {
      200: json({ type: 'object' }),
    },
  ),
});

function statusSchema(status: readonly string[], more: Json = {}): Json {
  const properties = { status: { type: 'string', enum: status }, ...more };
  return { type: 'object', required: ['status'], properties };
}

/** The one that asks for an administrator, unless it is asked from the machine itself. */
function metricsPage(errors: OpenApiErrors): Json {
  const answer = { 'text/plain': { schema: { type: 'string' } } };
  return {
    get: {
      operationId: 'metrics',
      tags: ['service'],
      summary: {
        fr: 'Les mesures, au format de Prometheus ; sans jeton depuis la machine elle-même',
        en: "Metrics in Prometheus' text format; on the machine itself without a token",
      },
      'x-role': 'admin',
      responses: {
        200: { description: SUCCESS[200], headers: REQUEST_ID_HEADER, content: answer },
        ...errors.answersOf([
          'TOKEN_MISSING',
          'SESSION_EXPIRED',
          'TOKEN_INVALID',
          'ACCESS_DENIED',
          'SERVICE_UNAVAILABLE',
          'STORE_UNAVAILABLE',
        ]),
      },
    },
  };
}

function page(operationId: string, summary: Text, answers: Readonly<Record<number, Json>>): Json {
  const responses = Object.entries(answers).map(([status, content]) => {
    const description = status === '200' ? SUCCESS[200] : errorText('SERVICE_UNAVAILABLE');
    return [status, { description, headers: REQUEST_ID_HEADER, content }];
  });
  return {
    get: {
      operationId,
      tags: ['service'],
      summary,
      'x-role': 'public',
      security: [],
      responses: Object.fromEntries(responses) as Json,
    },
  };
}

function json(schema: Json, example?: unknown): Json {
  return { 'application/json': { schema, ...(example !== undefined && { example }) } };
}

/** `devices.toggle` as a component may be called: `DevicesToggle`. */
function schemaName({ id }: OperationDeclaration): string {
  return id.replace(/(?:^|[.-])(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

function withoutUndefined(schema: Json): Json {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}
