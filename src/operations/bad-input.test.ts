import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { z } from 'zod';
import { TestHome } from '../../test/support/test-home';
import { patternInWords } from '../contract/fields';
import { INSIDE } from '../contract/operation';
import type { Store } from '../ports/store';
import { OPERATIONS } from './registry';

const FORBIDDEN = ['__proto__', 'constructor', 'prototype', 'a.b', '$set', '$ne', 'nul\0'];

/** Every operation with input that was made to do harm: generated, so that a new operation is in it at once. */
describe('bad input', () => {
  let test: TestHome;
  let admin: string;
  /** What the store was asked since the test began. */
  const asked: string[] = [];
  before(async () => {
    test = await TestHome.open();
    admin = await test.register('ama');
    const { store } = (test.home as unknown as { running: { store: Store } }).running;
    for (const [name, table] of Object.entries(store)) listenTo(name, table as object);
    const { together } = store;
    Object.assign(store, {
      together: (...change: Parameters<Store['together']>) => {
        asked.push('together');
        return together(...change);
      },
    });
  });
  after(() => test.remove());
  beforeEach(() => void (asked.length = 0));

  function listenTo(name: string, table: object): void {
    if (typeof table !== 'object') return;
    const methods = table as Record<string, (...args: unknown[]) => unknown>;
    for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(table))) {
      const own = methods[method];
      if (typeof own !== 'function' || method === 'constructor') continue;
      methods[method] = (...args) => {
        asked.push(`${name}.${method}`);
        return own.apply(table, args);
      };
    }
  }

  /** Who asks is looked up; nothing else is, but by what works by itself. */
  function assertStoreNotAsked(isPublic: boolean): void {
    const looksUpWhoAsks = ['sessions.get', 'accounts.get'];
    const byItself = ['sendings.list', 'schedules.list', 'scheduleRuns.list', 'settings.count'];
    assert.deepEqual(
      asked
        .filter((call) => isPublic || !looksUpWhoAsks.includes(call))
        .filter((call) => !byItself.includes(call)),
      [],
    );
  }

  function assertClean(): void {
    const { polluted } = {} as { polluted?: unknown };
    assert.equal(polluted, undefined);
    assert.deepEqual(Object.keys(Object.prototype), []);
  }

  /** `{"a":[{"<key>":{"polluted":1}}]}`, as deep as asked; as text, since a literal would set the prototype. */
  function nested(key: string, depth: number): string {
    let text = `{${JSON.stringify(key)}:{"polluted":1}}`;
    for (let i = 0; i < depth; i += 1) text = i % 2 === 0 ? `[${text}]` : `{"a":${text}}`;
    return text;
  }

  for (const { id, role, rest, input, takesMessage } of OPERATIONS) {
    const isPublic = role === 'public';
    const fields = Object.keys(input.shape).filter(
      (name) => !rest.path.includes(`:${name}`) && !(name in (rest.headers ?? {})),
    );
    const [field = 'field'] = fields;
    // A command's attributes are the device's own.
    const takesAnyKey =
      input.def.catchall !== undefined && !(input.def.catchall instanceof z.ZodNever);
    const carriesBody = rest.method === 'POST' || rest.method === 'PUT';
    const path = rest.path.replace(/:\w+/g, '1');

    const send = (options: Parameters<TestHome['request']>[2], query = '') =>
      test.request(rest.method, `${path}${query}`, { token: admin, ...options });

    async function assertRefused(sent: ReturnType<typeof send>, what: string): Promise<void> {
      const { status, body } = await sent;
      assert.equal(status, 400, `${what}: ${JSON.stringify(body)}`);
      assertStoreNotAsked(isPublic);
      assertClean();
    }

    if (carriesBody) {
      it(`S1: ${id} refuses operators, unknown keys and a role, and does not ask the store`, async () => {
        for (const name of fields) {
          const json = { [name]: { $ne: null } };
          await assertRefused(send({ json }), name);
        }
        await assertRefused(send({ json: { [`${field}[$ne]`]: 'x' } }), 'a key in brackets');
        await assertRefused(send({ json: [{ [field]: 'x' }] }), 'an array');
        if (takesAnyKey) return;
        await assertRefused(send({ json: { unknownKey: 1 } }), 'an unknown key');
        if (!fields.includes('role'))
          await assertRefused(send({ json: { role: 'admin' } }), 'role');
      });

      it(`S2: ${id} refuses dangerous keys at any depth, by REST`, async () => {
        const headers = { 'content-type': 'application/json' };
        for (const key of FORBIDDEN) {
          for (const depth of [0, 1, 7, 29]) {
            const body = `{${JSON.stringify(field)}:${nested(key, depth)}}`;
            await assertRefused(send({ body, headers }), `${key} at ${depth}`);
          }
          await assertRefused(send({ body: nested(key, 0), headers }), key);
        }
      });
    } else {
      it(`S1: ${id} refuses repeated, unknown and bracketed query keys, and does not ask the store`, async () => {
        for (const name of [...fields, 'unknownKey']) {
          await assertRefused(send({}, `?${name}=1&${name}=1`), `${name} twice`);
          await assertRefused(send({}, `?${name}[$ne]=1`), `${name}[$ne]`);
        }
        await assertRefused(send({}, '?unknownKey=1'), 'unknown');
      });

      it(`S2: ${id} refuses dangerous query keys`, async () => {
        for (const key of FORBIDDEN) {
          await assertRefused(send({}, `?${encodeURIComponent(key)}=1`), key);
        }
      });
    }

    // What a flow says for a thing is read field by field: see messages-by-flow.test.ts.
    if (takesMessage) continue;

    it(`S2: ${id} refuses dangerous keys at any depth, by msg`, async () => {
      const actor = { kind: 'flow', nodeId: 'n', role: 'admin' } as const;
      for (const key of FORBIDDEN) {
        for (const depth of [0, 1, 8]) {
          const payload: unknown = JSON.parse(`{${JSON.stringify(field)}:${nested(key, depth)}}`);
          const run = test.home.run(id, payload, { actor, requestId: 'r', origin: INSIDE });
          await assert.rejects(run, { code: 'INPUT_KEY_FORBIDDEN' }, `${key} at ${depth}`);
        }
      }
      assert.deepEqual(asked, []);
      assertClean();
    });
  }

  it('is told what is wanted in words, never by a pattern', () => {
    const wordless = OPERATIONS.flatMap(({ id, input }) =>
      patternsIn(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }))
        .filter((pattern) => patternInWords(`/${pattern}/`) === undefined)
        .map((pattern) => `${id}: ${pattern}`),
    );
    assert.deepEqual(wordless, []);
  });
});

/** The patterns in a JSON schema that are no well-known format. */
function patternsIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { pattern, format } = schema as { pattern?: unknown; format?: unknown };
  const own = typeof pattern === 'string' && format === undefined ? [pattern] : [];
  return [...own, ...Object.values(schema).flatMap(patternsIn)];
}
