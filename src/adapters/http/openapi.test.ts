import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { checkInput } from '../../contract/check-input';
import { ERRORS } from '../../contract/errors';
import { email, id, secret, secretFields, wholeNumber } from '../../contract/fields';
import { LANGUAGES, type Language } from '../../contract/language';
import type { OperationDeclaration } from '../../contract/operation';
import { OPERATIONS } from '../../operations/registry';
import { createOpenApi } from './openapi';
import type { Json } from './openapi-schemas';
import { ENGLISH_EXAMPLES, FRENCH_DESCRIPTIONS } from './openapi-texts';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'header' | 'query';
  readonly required: boolean;
  readonly schema: Json;
  readonly example?: unknown;
}

interface Described {
  readonly operationId: string;
  readonly 'x-role': string;
  readonly summary: string;
  readonly security?: readonly Json[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body & { readonly required: boolean };
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
}

interface Body {
  readonly content?: {
    readonly 'application/json': { schema: ObjectSchema; example?: unknown; examples?: Json };
  };
}

interface ObjectSchema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

interface Document {
  readonly openapi: string;
  readonly info: Json;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, ObjectSchema>> };
}

const PAGES = ['/health/live', '/health/ready', '/metrics', '/openapi.json'];
const INFO = { version: '1.2.3', basePath: '/api' };

function documentOf(
  operations: readonly OperationDeclaration[],
  language: Language = 'fr',
): Document {
  // Through JSON, since that is what readers get.
  return JSON.parse(JSON.stringify(createOpenApi(operations, INFO)[language])) as Document;
}

const document = documentOf(OPERATIONS);

function described(doc: Document): readonly (readonly [string, string, Described])[] {
  return Object.entries(doc.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [method, path, operation] as const),
  );
}

/** Every summary and description, by where it stands. */
function textsIn(value: unknown, at = ''): (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) =>
    /^(summary|description)$/.test(key) && typeof part === 'string'
      ? [[`${at}/${key}`, part] as const]
      : textsIn(part, `${at}/${key}`),
  );
}

function find(doc: Document, operationId: string): Described {
  const found = described(doc).filter(([, , operation]) => operation.operationId === operationId);
  assert.equal(found.length, 1, operationId);
  return found[0]![2];
}

function follow(doc: Document, ref: string): unknown {
  assert.match(ref, /^#\//);
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, step) => (at as Json | undefined)?.[step], doc);
}

function response(doc: Document, operation: Described, status: number): Body {
  const answer = operation.responses[status]!;
  const body = (answer.$ref ? follow(doc, answer.$ref) : answer) as { content?: Json };
  const { content } = body;
  // Whatever its type: an export is no JSON.
  const [only] = Object.values(content ?? {});
  return (only === undefined ? body : { ...body, content: { 'application/json': only } }) as Body;
}

function codesOf(doc: Document, operation: Described): readonly string[] {
  return Object.keys(operation.responses).flatMap((status) =>
    Object.keys(
      response(doc, operation, Number(status)).content?.['application/json'].examples ?? {},
    ),
  );
}

function refsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

function declare(parts: Partial<OperationDeclaration>): OperationDeclaration {
  return {
    id: 'devices.try',
    group: 'devices',
    role: 'user',
    summary: { fr: 'Essaie', en: 'Tries' },
    input: z.strictObject({ id }),
    answer: z.null(),
    errors: [],
    rest: { method: 'GET', path: '/devices/:id/try' },
    readOnly: true,
    ...parts,
  };
}

describe('the OpenAPI document', () => {
  it('has every operation once, where it is, with its role', () => {
    const found = described(document).map(([method, path, operation]) => [
      operation.operationId,
      `${method.toUpperCase()} ${path}`,
      operation['x-role'],
      operation.summary,
    ]);
    const pages = found.splice(found.length - PAGES.length);
    const declared = OPERATIONS.map(({ id: operationId, rest, role, summary }) => [
      operationId,
      `${rest.method} ${rest.path.replace(/:(\w+)/g, '{$1}')}`,
      role,
      summary.fr,
    ]);
    // Operations of one path stand together, so the order may differ.
    assert.deepEqual(found.sort(), declared.sort());
    assert.deepEqual(
      pages.map(([, place]) => place),
      PAGES.map((path) => `GET ${path}`),
    );
  });

  it('asks for a token, except where the operation is public', () => {
    for (const [, , operation] of described(document)) {
      const expected = operation['x-role'] === 'public' ? [] : undefined;
      assert.deepEqual(operation.security, expected, operation.operationId);
    }
    assert.deepEqual((document as unknown as Json)['security'], [{ bearer: [] }]);
  });

  it('is the same, byte for byte, each time', () => {
    assert.equal(
      JSON.stringify(createOpenApi(OPERATIONS, INFO)),
      JSON.stringify(createOpenApi([...OPERATIONS], { ...INFO })),
    );
  });

  it('is whole in each language: no text stays in the other', () => {
    const english = documentOf(OPERATIONS, 'en');
    const french = new Map(textsIn(document));
    const pairs = textsIn(english).map(([at, text]) => [at, text, french.get(at)] as const);
    assert.equal(pairs.length, french.size);
    const untranslated = pairs.filter(([, en, fr]) => en === fr && FRENCH_DESCRIPTIONS[en] !== en);
    assert.deepEqual(untranslated, [], 'these want their French in openapi-texts.ts');
    const inUse = new Set(pairs.map(([, en]) => en));
    const unused = Object.keys(FRENCH_DESCRIPTIONS).filter((text) => !inUse.has(text));
    assert.deepEqual(unused, [], 'nothing says these any more: out of openapi-texts.ts');
    // The password of the tour has accents in every language.
    const accented = /[^"]*[À-ÿ][^"]*/g;
    const rest = JSON.stringify(english)
      .match(accented)
      ?.filter((text) => text !== 'la mer à Lomé');
    assert.deepEqual(rest ?? [], []);
    for (const text of Object.keys(ENGLISH_EXAMPLES)) {
      assert.ok(JSON.stringify(document).includes(`"${text}"`), text);
    }
  });

  it('refuses declarations that contradict themselves', () => {
    const stray = declare({ input: z.strictObject({}) });
    assert.throws(() => createOpenApi([stray], INFO), /devices\.try: path field "id"/);
    const twice = [declare({}), declare({ id: 'devices.again' })];
    assert.throws(() => createOpenApi(twice, INFO), /Two operations at GET \/devices\/:id\/try/);
  });
});

describe('the OpenAPI document is valid 3.1', () => {
  it('has the fields the specification requires', () => {
    assert.equal(document.openapi, '3.1.0');
    assert.equal(document.info['title'], 'Aurion');
    assert.equal(document.info['version'], '1.2.3');
    assert.deepEqual(document.servers, [{ url: '/api' }]);
    for (const [, , operation] of described(document)) {
      const statuses = Object.keys(operation.responses);
      assert.ok(statuses.some((status) => status.startsWith('2')));
      for (const status of statuses) {
        const { description } = response(document, operation, Number(status)) as Json;
        assert.equal(typeof description, 'string', `${operation.operationId} ${status}`);
      }
    }
  });

  it('has no reference that leads nowhere', () => {
    const refs = refsIn(document);
    assert.ok(refs.length > 0);
    for (const ref of refs) assert.notEqual(follow(document, ref), undefined, ref);
  });

  it('names components as the specification allows', () => {
    for (const kind of Object.values(document.components)) {
      for (const name of Object.keys(kind)) assert.match(name, /^[A-Za-z0-9._-]+$/);
    }
  });

  it('names each operation, and each path but for its fields, once', () => {
    const ids = described(document).map(([, , operation]) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    const shapes = Object.keys(document.paths).map((path) => path.replace(/\{\w+\}/g, '{}'));
    assert.equal(new Set(shapes).size, shapes.length);
  });

  it('declares exactly the fields of each path, and no parameter twice', () => {
    for (const [, path, { parameters = [] }] of described(document)) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      const names = inPath.map(({ name }) => name);
      assert.deepEqual(
        names,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        path,
      );
      assert.ok(inPath.every(({ required }) => required));
      const places = parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      assert.equal(new Set(places).size, places.length, path);
    }
  });
});

describe('the input in the OpenAPI document', () => {
  it('has ids as integers from 1, though paths carry text', () => {
    const ids = described(document)
      .flatMap(([, , { parameters = [] }]) => parameters)
      .filter(({ name }) => name === 'id');
    assert.ok(ids.length > 0);
    for (const { schema } of ids) {
      assert.equal(schema['type'], 'integer');
      assert.equal(schema['exclusiveMinimum'], 0);
    }
  });

  it('puts each field where a request carries it', () => {
    const input = z.strictObject({
      id,
      idempotencyKey: z.string().optional(),
      at: wholeNumber(1, 9),
      limit: wholeNumber(1, 500).optional(),
    });
    const rest = { path: '/devices/:id/try', headers: { idempotencyKey: 'Idempotency-Key' } };
    const doc = documentOf([
      declare({ input, rest: { method: 'GET', ...rest } }),
      declare({ input, id: 'devices.do', rest: { method: 'POST', ...rest } }),
    ]);
    const limits = { type: 'integer', minimum: 1, maximum: 500 };
    const places = (operation: Described): readonly unknown[] =>
      (operation.parameters ?? []).map(({ name, in: place, required }) => [name, place, required]);

    const got = find(doc, 'devices.try');
    const shared = [
      ['id', 'path', true],
      ['Idempotency-Key', 'header', false],
    ];
    assert.deepEqual(places(got), [...shared, ['at', 'query', true], ['limit', 'query', false]]);
    assert.deepEqual(got.parameters?.[3]?.schema, limits);
    assert.equal(got.requestBody, undefined);

    const posted = find(doc, 'devices.do');
    assert.deepEqual(places(posted), shared);
    assert.equal(posted.requestBody?.required, true);
    const body = posted.requestBody.content?.['application/json'].schema;
    assert.deepEqual(Object.keys(body?.properties ?? {}), ['at', 'limit']);
    assert.deepEqual(body?.properties?.['limit'], limits);
    assert.deepEqual(body.required, ['at']);
    assert.equal(body.additionalProperties, false);
  });

  it('needs no body where every field of it is optional', () => {
    const input = z.strictObject({ room: z.string().optional() });
    const doc = documentOf([declare({ input, rest: { method: 'PUT', path: '/try' } })]);
    const { requestBody } = find(doc, 'devices.try');
    assert.equal(requestBody?.required, false);
    assert.equal('required' in requestBody.content!['application/json'].schema, false);
  });

  it('knows an e-mail as one, though it is trimmed first', () => {
    const doc = documentOf([declare({ input: z.strictObject({ id, email }) })]);
    const schema = find(doc, 'devices.try').parameters?.[1]?.schema;
    assert.equal(schema?.['format'], 'email');
    assert.equal(schema['maxLength'], 254);
  });

  it('shows no text as what it is turned into', () => {
    const input = z.strictObject({ id, at: z.string().transform(Number).pipe(z.int().max(5)) });
    const doc = documentOf([declare({ input })]);
    assert.deepEqual(find(doc, 'devices.try').parameters?.[1]?.schema, { type: 'string' });
  });

  it('secrets are write-only passwords, and nothing else is', () => {
    let secrets = 0;
    for (const operation of OPERATIONS) {
      const { parameters = [], requestBody } = find(document, operation.id);
      const read = requestBody?.content?.['application/json'].schema ?? {};
      const body = (read.$ref ? follow(document, read.$ref) : read) as ObjectSchema;
      const headers = operation.rest.headers ?? {};
      const fieldOf = (name: string): string =>
        Object.keys(headers).find((field) => headers[field] === name) ?? name;
      const fields = new Map([
        ...parameters.map(({ name, schema }) => [fieldOf(name), schema] as const),
        ...Object.entries(body.properties ?? {}),
      ]);
      const hidden = [...fields].filter(([, schema]) => schema['writeOnly'] === true);
      assert.deepEqual(
        hidden.map(([name]) => name).sort(),
        [...secretFields(operation.input)].sort(),
        operation.id,
      );
      assert.ok(hidden.every(([, schema]) => schema['format'] === 'password'));
      secrets += hidden.length;
    }
    assert.ok(secrets > 0);
    assert.ok(!JSON.stringify(document).includes('"secret"'));
  });
});

describe('the answers in the OpenAPI document', () => {
  it('have the declared status, and a schema unless there is no content', () => {
    for (const { id: operationId, rest } of OPERATIONS) {
      const { status = 200 } = rest;
      const operation = find(document, operationId);
      const successes = Object.keys(operation.responses).filter((code) => code.startsWith('2'));
      assert.deepEqual(successes, [String(status)], operationId);
      const { content } = response(document, operation, status);
      assert.equal(content === undefined, status === 204, operationId);
    }
  });

  it('may gain fields, and may show a secret', () => {
    const answer = z.object({ token: secret(z.string()) });
    const doc = documentOf([declare({ answer })]);
    const { content } = response(doc, find(doc, 'devices.try'), 200);
    assert.deepEqual(content?.['application/json'].schema, {
      type: 'object',
      properties: { token: { type: 'string', format: 'password' } },
      required: ['token'],
    });
  });

  it('are shared where their schema has an id', () => {
    const lamp = z.object({ id, on: z.boolean().default(false) }).meta({ id: 'Lamp' });
    const doc = documentOf([
      declare({ answer: z.array(lamp) }),
      declare({
        id: 'devices.set',
        input: z.strictObject({ id, lamp }),
        answer: lamp,
        rest: { method: 'PUT', path: '/devices/:id/try' },
      }),
    ]);
    const schemaOf = (operationId: string): unknown =>
      response(doc, find(doc, operationId), 200).content?.['application/json'].schema;
    assert.deepEqual(schemaOf('devices.try'), {
      type: 'array',
      items: { $ref: '#/components/schemas/Lamp' },
    });
    assert.deepEqual(schemaOf('devices.set'), { $ref: '#/components/schemas/Lamp' });
    const { Lamp, LampInput } = doc.components.schemas;
    assert.deepEqual(Lamp?.required, ['id', 'on']);
    assert.deepEqual(LampInput?.required, ['id'], 'as input a default may be left out');
    for (const ref of refsIn(doc)) assert.notEqual(follow(doc, ref), undefined, ref);
  });

  it('may contain themselves', () => {
    const area = z.object({
      get within() {
        return z.array(area);
      },
    });
    const doc = documentOf([declare({ answer: area })]);
    for (const ref of refsIn(doc)) assert.notEqual(follow(doc, ref), undefined, ref);
    assert.ok(doc.components.schemas['DevicesTryAnswer0']);
  });

  it('never take the name of another schema', () => {
    const one = declare({ answer: z.object({ a: z.string() }).meta({ id: 'Error' }) });
    assert.throws(() => createOpenApi([one], INFO), /"Error"/);
  });
});

describe('the errors in the OpenAPI document', () => {
  it('are those the operation declares, under their status, with their text', () => {
    for (const { id: operationId, errors } of OPERATIONS) {
      const operation = find(document, operationId);
      for (const code of errors) {
        const answer = response(document, operation, ERRORS[code].status);
        const { examples = {}, schema } = answer.content!['application/json'];
        assert.deepEqual(schema, { $ref: '#/components/schemas/Error' });
        const example = follow(document, (examples[code] as { $ref: string }).$ref) as Json;
        assert.equal((example['value'] as Json)['message'], ERRORS[code].fr);
        assert.ok(((answer as Json)['description'] as string).includes(`\`${code}\``));
      }
    }
  });

  it('are also those that every operation has', () => {
    for (const { id: operationId } of OPERATIONS) {
      const codes = codesOf(document, find(document, operationId));
      assert.equal(new Set(codes).size, codes.length);
      for (const code of [
        'INPUT_INVALID',
        'OPERATION_NOT_OPEN',
        'REQUEST_LOST',
        'INTERNAL_ERROR',
      ]) {
        assert.ok(codes.includes(code), `${operationId} ${code}`);
      }
    }
  });

  it('fit the role: strangers may do what is public, guests are never too low', () => {
    const refusals = ['TOKEN_MISSING', 'TOKEN_INVALID', 'SESSION_EXPIRED', 'ACCESS_DENIED'];
    const expected = {
      public: [],
      guest: refusals.slice(0, 3),
      user: refusals,
      admin: refusals,
    } as const;
    for (const role of ['public', 'guest', 'user', 'admin'] as const) {
      const doc = documentOf([declare({ role })]);
      const codes = codesOf(doc, find(doc, 'devices.try'));
      assert.deepEqual(
        refusals.filter((code) => codes.includes(code)),
        expected[role],
        role,
      );
    }
  });

  it('fit the request: only a body can be too large, only a change can fill the disk', () => {
    const doc = documentOf([
      declare({}),
      declare({
        id: 'devices.do',
        readOnly: false,
        rest: { method: 'POST', path: '/do' },
        input: z.strictObject({}),
      }),
    ]);
    const onlyThere = ['BODY_TOO_LARGE', 'BODY_MALFORMED', 'BODY_TYPE_UNSUPPORTED', 'STORE_FULL'];
    const read = codesOf(doc, find(doc, 'devices.try'));
    const changed = codesOf(doc, find(doc, 'devices.do'));
    assert.deepEqual(
      onlyThere.filter((code) => read.includes(code)),
      [],
    );
    assert.deepEqual(
      onlyThere.filter((code) => changed.includes(code)),
      onlyThere,
    );
  });
});

describe('the examples in the OpenAPI document', () => {
  const documents = LANGUAGES.map(
    (language) => [language, documentOf(OPERATIONS, language)] as const,
  );
  for (const [language, operation, document] of OPERATIONS.flatMap((each) =>
    documents.map(([language, doc]) => [language, each, doc] as const),
  )) {
    const { id: operationId, rest } = operation;

    it(`${operationId}, ${language}: the request is one that the operation takes`, () => {
      const { parameters = [], requestBody } = find(document, operationId);
      const body = requestBody?.content?.['application/json'].example;
      if (requestBody) assert.notEqual(body, undefined, 'a body needs an example');
      for (const { in: place, name, example } of parameters) {
        if (place === 'path') assert.notEqual(example, undefined, `${name} needs an example`);
      }
      const fieldOf = (name: string): string =>
        Object.entries(rest.headers ?? {}).find(([, header]) => header === name)?.[0] ?? name;
      const given = parameters.filter(({ example }) => example !== undefined);
      const values = given.map(({ name, example }) => [fieldOf(name), example] as const);
      checkInput(operation, { ...(body as object), ...Object.fromEntries(values) });
    });

    it(`${operationId}, ${language}: the answer is one that it gives`, () => {
      const { status = 200 } = rest;
      const { content } = response(document, find(document, operationId), status);
      if (status === 204) return assert.equal(content, undefined);
      const example = content?.['application/json'].example;
      // What the schema does not know would be left out.
      assert.deepEqual(operation.answer.parse(example), example);
    });
  }

  it('are put together from those of the fields; what may be left out needs one of its own', () => {
    const input = z.strictObject({
      id,
      name: z.string().meta({ examples: ['Ama'] }),
      room: z.string().optional(),
      key: z
        .string()
        .regex(/^[a-z]+$/)
        .meta({ examples: ['abc'] })
        .optional(),
      mode: z.enum(['eco', 'comfort']),
    });
    const answer = z.array(z.object({ at: z.iso.datetime(), on: z.literal(true).nullable() }));
    const doc = documentOf([
      declare({ input, answer, rest: { method: 'PUT', path: '/devices/:id/try' } }),
    ]);
    const operation = find(doc, 'devices.try');
    assert.equal(operation.parameters?.[0]?.example, 1);
    const body = operation.requestBody?.content?.['application/json'].example;
    assert.deepEqual(body, { name: 'Ama', key: 'abc', mode: 'eco' });
    const shown = response(doc, operation, 200).content?.['application/json'].example;
    assert.deepEqual(shown, [{ at: '2026-03-29T08:15:00.000Z', on: true }]);
  });

  it('are left out where none is known, rather than wrong', () => {
    const input = z.strictObject({ id, code: z.string().regex(/^[A-Z]{3}-\d+$/) });
    const doc = documentOf([declare({ input, rest: { method: 'PUT', path: '/devices/:id/try' } })]);
    const { content } = find(doc, 'devices.try').requestBody!;
    assert.equal('example' in content!['application/json'], false);
  });
});
