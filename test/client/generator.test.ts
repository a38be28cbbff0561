import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { clientTypes, type OpenApiDocument } from '../../scripts/client-types';
import { schemaType, type Json } from '../../scripts/json-schema-types';
import document from '../../docs/openapi.json';

const flat = (text: string): string => text.replace(/\s+/g, ' ');

describe('the types of the client', () => {
  const type = (schema: Json, direction: 'input' | 'answer' = 'answer') =>
    flat(schemaType(schema, direction, 'it'));

  it('say what a JSON schema says', () => {
    const cases: [Json, string][] = [
      [{}, 'unknown'],
      [{ type: 'integer', minimum: 1, description: 'how many' }, 'number'],
      [{ type: ['number', 'null'] }, '(number | null)'],
      [{ type: 'string', enum: ['a', "b'"] }, "'a' | 'b\\''"],
      [{ type: 'boolean', const: true }, 'true'],
      [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, '(string | null)'],
      [{ type: 'array', items: { $ref: '#/components/schemas/Device' } }, 'readonly (Device)[]'],
      [{ $ref: '#/components/schemas/Error' }, 'ErrorBody'],
      [{ type: 'object' }, 'Record<string, unknown>'],
      [{ type: 'object', additionalProperties: false }, 'Record<string, never>'],
      [
        { type: 'object', additionalProperties: { type: 'number' } },
        '{ [name: string]: number | undefined; }',
      ],
      [
        {
          type: 'object',
          properties: {
            a: { type: 'string', description: 'the first' },
            'b-c': { type: 'number' },
          },
          required: ['a'],
        },
        "{ /** the first */ a: string; 'b-c'?: number; }",
      ],
    ];
    for (const [schema, expected] of cases) assert.equal(type(schema), expected);
    const optional = { type: 'object', properties: { a: { type: 'string' } } };
    assert.equal(type(optional, 'input'), '{ a?: string | undefined; }');
  });

  it('are refused where the schema says something they could not tell', () => {
    for (const schema of [
      { allOf: [{ type: 'string' }] },
      { type: 'object', patternProperties: {} },
      { type: 'array' },
      { type: 'decimal' },
      { properties: {} },
      { type: 'object', anyOf: [{ type: 'object' }] },
      { const: {} },
      { $ref: 'https://example.org/other.json' },
      { type: 'object', properties: { deep: { not: {} } } },
    ]) {
      assert.throws(
        () => schemaType(schema, 'answer', 'here'),
        /^Error: here/,
        JSON.stringify(schema),
      );
    }
  });

  const withOperation = (id: string, change: (operation: Record<string, unknown>) => void) => {
    const copy = structuredClone(document) as unknown as OpenApiDocument;
    const operation = Object.values(copy.paths)
      .flatMap((item) => Object.values(item))
      .find(({ operationId }) => operationId === id);
    change(operation as unknown as Record<string, unknown>);
    return () => clientTypes(copy);
  };

  it('are refused for operations the client could not call', () => {
    for (const [id, change, why] of [
      ['devices.get', { operationId: 'devices' }, /not <group>/],
      ['devices.get', { operationId: 'live.get' }, /of its own/],
      ['devices.get', { operationId: 'devices.list.all' }, /an operation and a group/],
      ['devices.get', { parameters: [{ name: 'x', in: 'cookie', schema: {} }] }, /cookie/],
      ['devices.toggle', { parameters: [{ name: 'x', in: 'query', schema: {} }] }, /query in post/],
      [
        'devices.get',
        { requestBody: { content: { 'application/json': { schema: {} } } } },
        /body in get/,
      ],
      ['devices.create', { requestBody: { content: { 'text/csv': { schema: {} } } } }, /not JSON/],
      ['devices.get', { responses: {} }, /one answer/],
      [
        'devices.get',
        { responses: { 200: { content: { 'image/png': { schema: {} } } } } },
        /image\/png/,
      ],
      ['devices.get', { responses: { 200: {}, 404: {} } }, /without codes/],
    ] as const) {
      assert.throws(
        withOperation(id, (operation) => Object.assign(operation, change)),
        why,
      );
    }
    assert.doesNotThrow(withOperation('devices.get', () => undefined));
  });

  it('take text for what answers text, and leave out what is no operation', () => {
    const types = withOperation('devices.get', (operation) => {
      operation['responses'] = { 200: { content: { 'text/csv': { schema: { type: 'string' } } } } };
    })();
    assert.match(flat(types), /'devices.get': \{ input: \{ id: number; \}; answer: string;/);
    assert.doesNotMatch(types, /health/);
  });
});
