import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import mqtt, { type MqttClient } from 'mqtt';
import { WebSocket } from 'ws';
import { errorsOf } from '../src/adapters/http/openapi-errors';
import { CLOSE } from '../src/adapters/websocket/close-codes';
import { CLIENT_FRAMES } from '../src/adapters/websocket/frames';
import { ERRORS, isErrorCode } from '../src/contract/errors';
import { DEVICE_TOPICS } from '../src/contract/topics';
import type { Operation } from '../src/operations/operation';
import { OPERATIONS } from '../src/operations/registry';
import type { Store } from '../src/ports/store';
import type { Sessions } from '../src/services/sessions';
import { anyJson, brokenInput, HOSTILE_TEXTS, validInput } from './support/arbitraries';
import { fullBackend } from './support/aurion-process';
import { freePort } from './support/free-port';
import { node, TestFlow } from './support/flow-helper';
import { TestHome, type RawAnswer } from './support/test-home';
import { often } from './support/often';

/** By hand also `AURION_FUZZ_RUNS=2000 AURION_FUZZ_SEED=7`. */
const RUNS = Number(process.env['AURION_FUZZ_RUNS'] ?? often(20));
const SEED = Number(process.env['AURION_FUZZ_SEED'] ?? 20_261_122);
const parameters = (more = 1) => ({
  seed: SEED,
  numRuns: Math.ceil(RUNS * more),
  endOnFailure: true,
});
/** Longer request lines are Node's to refuse. */
const QUERY_TEXT_MAX = 400;
/** Stands for the token of an administrator. */
const SIGNED_IN = 'signed in';
const TIMEOUT_MS = 30_000 + RUNS * 1000;

function assertClean(): void {
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
}

const inputOf = (operation: Operation) =>
  fc.oneof(
    { weight: 2, arbitrary: validInput(operation.input) },
    { weight: 3, arbitrary: brokenInput(operation.input) },
  );

/** Fuzz: what nobody thought of must be refused as declared, and leave no trace. */
describe('whatever is sent', function () {
  this.timeout(TIMEOUT_MS);

  describe('by REST', () => {
    let test: TestHome;
    before(async () => {
      test = await TestHome.open();
      await test.register('ama');
      await test.register('kofi');
    });
    after(() => test.remove());

    /** A session of an administrator, whoever that is by now. */
    async function token(): Promise<string> {
      const { running } = test.home as unknown as {
        running: { store: Store; services: { sessions: Sessions } };
      };
      const [admin] = await running.store.accounts.list({
        where: { role: 'admin', disabled: false },
      });
      return running.services.sessions.open(admin?.id ?? 0, running.store.sessions);
    }

    /** As a client would send this input, however odd. */
    async function send({ rest }: Operation, input: Record<string, unknown>): Promise<RawAnswer> {
      const left = new Map(Object.entries(input));
      const take = (name: string): string => {
        const value = left.get(name);
        left.delete(name);
        return (typeof value === 'string' ? value : JSON.stringify(value ?? 1)).toWellFormed();
      };
      const path = rest.path.replace(
        /:(\w+)/g,
        (_, name: string) => encodeURIComponent(take(name)).slice(0, QUERY_TEXT_MAX) || '%20',
      );
      const headers: Record<string, string> = {};
      for (const [field, header] of Object.entries(rest.headers ?? {})) {
        // What is no header can't be sent as one.
        if (left.has(field))
          headers[header] = take(field)
            .replace(/[^\x20-\x7e]/g, '?')
            .slice(0, QUERY_TEXT_MAX);
      }
      const entries = [...left];
      if (rest.method === 'POST' || rest.method === 'PUT') {
        const fields = entries.map(
          ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
        );
        const body = `{${fields.join(',')}}`;
        const json = { 'content-type': 'application/json' };
        return test.request(rest.method, path, {
          body,
          headers: { ...headers, ...json },
          token: await token(),
        });
      }
      const query = new URLSearchParams(
        entries.map(([name, value]) => [
          name.toWellFormed().slice(0, QUERY_TEXT_MAX),
          (typeof value === 'string' ? value : JSON.stringify(value))
            .toWellFormed()
            .slice(0, QUERY_TEXT_MAX),
        ]),
      );
      return test.request(rest.method, `${path}?${query.toString()}`, {
        headers,
        token: await token(),
      });
    }

    function assertAsDeclared(operation: Operation, { status, headers, body }: RawAnswer): void {
      if (status < 400) {
        assert.equal(status, operation.rest.status ?? 200);
        if (status === 204) assert.deepEqual(body, {});
        else operation.answer.parse(body);
        return;
      }
      const { message, code, requestId } = body;
      assert.ok(isErrorCode(code), JSON.stringify(body));
      assert.ok(errorsOf(operation).includes(code), `${code} is not declared`);
      assert.notEqual(code, 'INTERNAL_ERROR');
      assert.equal(status, ERRORS[code].status);
      assert.ok(typeof message === 'string' && message !== '' && !/\{\w+\}/.test(message), message);
      assert.equal(requestId, headers['x-request-id']);
      // One line, and nothing that steers a terminal.
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      assert.doesNotMatch(message, /[\u0000-\u001f\u202a-\u202e]/);
    }

    for (const operation of OPERATIONS) {
      it(`${operation.id}: answers as declared, and stays`, async () => {
        await fc.assert(
          fc.asyncProperty(inputOf(operation), async (input) => {
            assertAsDeclared(operation, await send(operation, input));
            assertClean();
          }),
          parameters(),
        );
      });
    }

    it('as raw as it gets, answers in its own words or not at all', async () => {
      const raw = fc.record({
        rest: fc.constantFrom(...OPERATIONS.map(({ rest }) => rest)),
        otherMethod: fc.option(fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'OPTIONS')),
        id: fc.constantFrom(
          ...HOSTILE_TEXTS.map((text) => encodeURIComponent(text.toWellFormed().slice(0, 900))),
        ),
        query: fc.constantFrom(
          '',
          '?',
          '?&&&=',
          '?%',
          '?a=%ff',
          '?__proto__=1&__proto__[x]=1',
          '?=',
          '?a[]=1',
        ),
        type: fc.constantFrom(
          ...['application/json', 'application/json'],
          'application/json; charset=utf-7',
          'text/html',
          '',
          'application/json;',
        ),
        encoding: fc.constantFrom('', 'gzip', 'br', 'identity'),
        authorization: fc.constantFrom(
          ...['', SIGNED_IN, SIGNED_IN, SIGNED_IN],
          'Bearer',
          'Bearer  ',
          'bearer x.y.z',
          'Basic YTpi',
          `Bearer ${'a'.repeat(5000)}`,
        ),
        origin: fc.constantFrom('', 'null', 'http://localhost:1', 'http://evil.example'),
        body: fc.oneof(
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
          anyJson.map((value) => Buffer.from(JSON.stringify(value))),
        ),
      });
      await fc.assert(
        fc.asyncProperty(raw, async ({ rest, otherMethod, id, query, body, ...given }) => {
          if (given.authorization === SIGNED_IN) given.authorization = `Bearer ${await token()}`;
          const names = { type: 'content-type', encoding: 'content-encoding' } as Record<
            string,
            string
          >;
          const headers = Object.fromEntries(
            Object.entries(given)
              .filter(([, value]) => value !== '')
              .map(([name, value]) => [names[name] ?? name, value]),
          );
          const path = rest.path.replace(/:\w+/g, id) + query;
          const answer = await test.request(otherMethod ?? rest.method, path, {
            headers,
            body,
          });
          assert.ok(answer.status < 500, JSON.stringify(answer.body));
          assertClean();
        }),
        parameters(5),
      );
    });

    it('leaves the home as it should be', async () => {
      assert.equal(test.home.status, 'ok');
      for (const operation of OPERATIONS) {
        if (!isPlainReading(operation)) continue;
        const answer = await test.request('GET', operation.rest.path, { token: await token() });
        assert.equal(answer.status, 200, `${operation.id} ${JSON.stringify(answer.body)}`);
        operation.answer.parse(answer.body);
      }
      const errors = test.logger.lines.filter((line) => line.startsWith('error'));
      assert.deepEqual(errors, []);
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      assert.ok(test.logger.lines.every((line) => !/[\u0000-\u0008\u001b\u202e]/.test(line)));
    });
  });

  describe('by msg', () => {
    let flow: TestFlow;
    /** The nodes of each group in their row, as the full-backend flow has them. */
    const doers = new Map(
      fullBackend()
        .filter(({ type }) => type === 'aurion-request')
        .map(({ group, z: tab }) => {
          const others = ['aurion-request', 'aurion-auth-guard', 'aurion-response'];
          const types = fullBackend()
            .filter((each) => each['z'] === tab && each['operation'] !== undefined)
            .map(({ type }) => type)
            .filter((type) => !others.includes(type));
          return [group as string, [...new Set(types)]];
        }),
    );
    before(async () => {
      const nodes = [...doers].flatMap(([group, types]) =>
        types.map((type, i) => {
          const next = i + 1 < types.length ? `${group}-${i + 1}` : 'out';
          const wires = [[next], ['caught']];
          return node(type, i === 0 ? group : `${group}-${i}`, { role: 'admin', wires });
        }),
      );
      const catching = node('catch', 'catch', { scope: null, wires: [['caught']] });
      flow = await TestFlow.load([...nodes, catching]);
    });
    after(() => flow.unload());

    /** What only a function node can put there. */
    const notJson = fc.constantFrom<unknown[]>(
      ...[undefined, NaN, Infinity, 10n, Symbol.iterator, new Date(NaN), /x/, new Map([[1, 2]])],
      ...[
        () => 1,
        Buffer.alloc(10),
        new Error('x'),
        new Proxy({}, {}),
        Object.create(null),
        'text',
        7,
      ],
    );

    // What its node refuses of readings goes to an output of its own, some a second: the node's test tries that.
    const byMessage = OPERATIONS.filter(({ id }) => id !== 'sensors.report');
    for (const operation of byMessage) {
      it(`${operation.id}: comes out as declared, or is caught as declared`, async () => {
        const payloads = fc.oneof(
          { weight: 4, arbitrary: inputOf(operation) },
          fc.tuple(validInput(operation.input), notJson).map(([input, odd]) => {
            const [name = 'name'] = Object.keys(input);
            return { ...input, [name]: odd };
          }),
          notJson,
          anyJson,
        );
        await fc.assert(
          fc.asyncProperty(payloads, async (payload) => {
            const message = { operation: operation.id, payload };
            const { at, message: out } = await flow.send(operation.group, message);
            assertClean();
            if (at === 'out') return void operation.answer.parse(out.payload);
            const code = out.error?.code;
            assert.ok(isErrorCode(code) && code !== 'INTERNAL_ERROR', String(code));
            // In a message also what only reads can be given something deep.
            const declared = [...errorsOf(operation), 'INPUT_TOO_DEEP'];
            assert.ok(declared.includes(code), `${code} is not declared`);
          }),
          parameters(),
        );
      });
    }

    it('any operation, of any type, is known or refused', async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(notJson, anyJson), async (operation) => {
          const [group = ''] = doers.keys();
          const { at, message } = await flow.send(group, { operation, payload: {} });
          assert.equal(at, 'caught');
          assert.equal(message.error?.code, 'OPERATION_UNKNOWN');
          assertClean();
        }),
        parameters(3),
      );
    });
  });

  describe('to broker and live end point', () => {
    let test: TestHome;
    let mqttPort: number;
    let client: MqttClient;
    before(async () => {
      mqttPort = await freePort();
      test = await TestHome.open({ mqttPort });
      const actor = { kind: 'editor', user: 'fuzz', role: 'admin' } as const;
      const { mqttUsername: username, mqttPassword: password } = (await test.home.waysIn(actor))!;
      client = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
        username,
        password,
        reconnectPeriod: 20,
      });
      client.on('error', () => undefined);
    });
    after(async () => {
      await client.endAsync(true);
      await test.remove();
    });

    const level = fc.oneof(
      fc.constantFrom(
        'devices',
        'sensors',
        'energy',
        'alerts',
        'status',
        'peers',
        '1',
        '2',
        'data',
      ),
      fc.constantFrom(...Object.keys(DEVICE_TOPICS)),
      fc.constantFrom(...HOSTILE_TEXTS).map((text) =>
        text
          .toWellFormed()
          .replace(/[+#\0]/g, '_')
          .slice(0, 200),
      ),
    );
    const spoken = Object.entries(DEVICE_TOPICS).filter(
      ([, { publisher }]) => publisher === 'device',
    );
    const topics = fc.oneof(
      fc
        .tuple(
          fc.constantFrom('1', '2', '3', 'x', '__proto__'),
          fc.constantFrom(...spoken.map(([kind]) => kind)),
        )
        .map(([id, kind]) => `aurion/devices/${id}/${kind}`),
      fc
        .array(level, { minLength: 1, maxLength: 5 })
        .map((levels) => ['aurion', ...levels].join('/')),
    );
    const payloads = fc.oneof(
      fc
        .oneof(
          ...spoken.map(([, { payload }]) => fc.oneof(validInput(payload), brokenInput(payload))),
        )
        .map((value) => Buffer.from(JSON.stringify(value))),
      anyJson.map((value) => Buffer.from(JSON.stringify(value))),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(
          '{"status":',
          '[[',
          '"\\ud800"',
          '{"status":1e999}',
          '{"__proto__":{"polluted":1}}',
        )
        .map((text) => Buffer.from(text)),
    );

    it('a message is kept or dropped with a reason, and counted once', async () => {
      let sent = 0;
      await fc.assert(
        fc.asyncProperty(
          topics,
          payloads,
          fc.boolean(),
          fc.constantFrom(0 as const, 1 as const),
          async (topic, payload, retain, qos) => {
            await client.publishAsync(topic, payload, { qos, retain });
            sent += 1;
          },
        ),
        parameters(20),
      );
      // A last one that is acknowledged, so that those before have been taken.
      await client.publishAsync('aurion/devices/1/status', '{"status":true,"power":7}', { qos: 1 });
      sent += 1;
      const { received, kept, dropped } = test.home.messageCounts!;
      assert.equal(received, sent);
      assert.equal(kept + Object.values(dropped).reduce((sum, n) => sum + n, 0), received);
      assert.ok(kept > 1 && received > kept, JSON.stringify({ received, kept, dropped }));
      assertClean();
      assert.equal(test.home.status, 'ok');
      const token = await test.register('ama');
      for (const operation of OPERATIONS) {
        if (!isPlainReading(operation)) continue;
        const { status, body } = await test.request('GET', operation.rest.path, { token });
        assert.equal(status, 200, operation.id);
        operation.answer.parse(body);
      }
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      assert.ok(test.logger.lines.every((line) => !/[\u0000-\u0008\u001b\u202e\n]/.test(line)));
    });

    it('bytes that are no MQTT end their connection and no other', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (bytes) => {
          const socket = createConnection(mqttPort, '127.0.0.1');
          socket.on('error', () => undefined);
          socket.end(bytes);
          socket.resume();
          await once(socket, 'close');
        }),
        parameters(3),
      );
      await client.publishAsync('aurion/devices/1/status', '{"status":false}', { qos: 1 });
      assert.equal(test.home.status, 'ok');
      assert.ok(client.connected);
    });

    it('a frame is answered, ignored, or closes its socket with a code that is declared', async () => {
      const declared: readonly number[] = [...Object.values(CLOSE), 1002, 1005, 1006, 1007, 1009];
      const token = await test.register('kofi');
      const url = `ws://127.0.0.1:${test.port}/ws`;
      const open = async (signedIn: boolean): Promise<WebSocket> => {
        const socket = new WebSocket(url);
        socket.on('error', () => undefined);
        await once(socket, 'open');
        if (signedIn) {
          socket.send(JSON.stringify({ type: 'auth', token }));
          await once(socket, 'message');
        }
        return socket;
      };
      const watching = await open(true);
      const frames = fc.oneof(
        fc
          .oneof(
            ...Object.values(CLIENT_FRAMES).map(({ schema }) =>
              fc.oneof(validInput(schema), brokenInput(schema)),
            ),
          )
          .map((value) => JSON.stringify(value)),
        anyJson.map((value) => JSON.stringify(value)),
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.constantFrom(...HOSTILE_TEXTS),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.boolean(),
          fc.array(frames, { minLength: 1, maxLength: 4 }),
          async (signedIn, said) => {
            const socket = await open(signedIn);
            const closed = once(socket, 'close') as Promise<[number]>;
            for (const frame of said) socket.send(frame);
            socket.close();
            const [code] = await closed;
            assert.ok(declared.includes(code), `closed with ${code}`);
          },
        ),
        parameters(3),
      );
      const event = once(watching, 'message') as Promise<[Buffer]>;
      await client.publishAsync('aurion/devices/2/status', '{"status":true,"power":11}', {
        qos: 1,
      });
      assert.match((await event)[0].toString(), /device\.status/);
      watching.terminate();
      assertClean();
    });
  });
});

/** What can be asked without naming anything, answers in JSON and does not need the internet. */
function isPlainReading({ id, readOnly, rest }: Operation): boolean {
  const isJson = rest.contentType === undefined;
  return readOnly && isJson && !rest.path.includes(':') && id !== 'weather.get';
}
