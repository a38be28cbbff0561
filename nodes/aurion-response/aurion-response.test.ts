import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { catching, node, TestFlow } from '../../test/support/flow-helper';

interface Refused {
  readonly code: string;
  readonly details?: readonly object[];
}

describe('aurion-response', () => {
  let flow: TestFlow;
  before(async () => {
    flow = await TestFlow.load([
      node('aurion-request', 'devices', { group: 'devices' }),
      node('aurion-device', 'device', { role: 'admin' }),
      node('aurion-response', 'answer', { wires: [] }),
      node('aurion-response', 'uncaught', { wires: [] }),
      node('aurion-response', 'homeless', { home: '', wires: [] }),
      catching('device', 'answer', 'homeless'),
    ]);
  });
  after(() => flow.unload());

  const LIST = ['GET', '/api/devices'] as const;
  const DELETE = ['DELETE', '/api/devices/1'] as const;
  const CREATE = [
    'POST',
    '/api/devices',
    { body: { name: 'Ventilateur', type: 'fan', room: 'Salon' } },
  ] as const;

  /** What a request is answered when its message is changed like that. */
  async function answered(
    asked: readonly ['GET' | 'POST' | 'DELETE', string, object?],
    change: object,
  ): Promise<{ status: number; body: unknown }> {
    const { message, answer } = await flow.ask<unknown>(...asked);
    flow.give('answer', Object.assign(message, change));
    const { status, body } = await answer;
    return { status, body };
  }

  describe('answers', () => {
    it('with the payload and the operation’s own status', async () => {
      const payload = { anything: ['at', 'all'] };
      assert.deepEqual(await answered(LIST, { payload }), { status: 200, body: payload });
      assert.deepEqual(await answered(CREATE, { payload }), { status: 201, body: payload });
      assert.deepEqual(await answered(DELETE, { payload }), { status: 204, body: '' });
    });

    it('with null for nothing', async () => {
      assert.deepEqual(await answered(LIST, { payload: undefined }), { status: 200, body: null });
    });

    it('with msg.statusCode if that is a status', async () => {
      for (const statusCode of [202, '418', 599]) {
        const { status } = await answered(LIST, { statusCode });
        assert.equal(status, Number(statusCode));
      }
      const none = [0, 99, 101, 600, 200.5, 'teapot', '', null, {}, NaN, '200\r\nX: y'];
      for (const statusCode of none) {
        assert.equal((await answered(CREATE, { statusCode })).status, 201);
      }
    });

    it('with msg.error rather than the payload', async () => {
      const error = { code: 'DEVICE_OFFLINE', message: 'any', status: 200 };
      const { status, body } = await answered(LIST, { payload: [], error });
      const { code, message } = body as { code: string; message: string };
      assert.deepEqual([status, code, message], [503, error.code, "L'appareil est hors ligne"]);
    });

    it('S19: with INTERNAL_ERROR, which tells nothing, for an error that is not Aurion’s', async () => {
      const errors = [
        { code: 'ENOENT', message: 'canary' },
        { code: '__proto__' },
        {},
        'canary',
        1,
      ];
      for (const error of errors) {
        const { status, body } = await answered(LIST, { error });
        assert.deepEqual([status, (body as { code: string }).code], [500, 'INTERNAL_ERROR']);
        assert.doesNotMatch(JSON.stringify(body), /canary/);
      }
    });

    it('with all the details of the error that was caught', async () => {
      const { message, answer } = await flow.ask<Refused>(...LIST);
      const exchange = flow.homes.exchangeOf(message);
      assert.ok(exchange);
      exchange.actor = { kind: 'flow', nodeId: 'test', role: 'admin' };
      const { message: caught } = await flow.send('device', { ...message, payload: { id: 1 } });
      flow.give('answer', caught);
      const { status, body } = await answer;
      assert.deepEqual([status, body.code, body.details?.length], [400, 'INPUT_INVALID', 1]);
    });

    it('with the payload where a flow put an error right', async () => {
      const { message, answer } = await flow.ask<unknown>(...LIST);
      const { message: caught } = await flow.send('device', message);
      assert.equal(caught.error?.code, 'TOKEN_MISSING');
      flow.give('answer', { ...caught, error: undefined, payload: ['from memory'] });
      const { status, body } = await answer;
      assert.deepEqual([status, body], [200, ['from memory']]);
    });

    it('a message that lost its request but kept its id', async () => {
      assert.equal((await answered(LIST, { req: undefined, statusCode: 202 })).status, 202);
    });
  });

  describe('F10: fails', () => {
    it('without a request, also with a forged one', async () => {
      for (const req of [undefined, null, 'req', {}, { res: {} }]) {
        assert.equal(await flow.fail('answer', { payload: [], req }), 'INTERNAL_ERROR');
      }
      await flow.untilShown('answer', 'Erreur interne');
      const { msg } = flow.log.findLast(({ id }) => id === 'answer') ?? {};
      assert.match(String(msg), /no-request/);
      await answered(LIST, { statusCode: 418 });
      const { fill } = await flow.untilShown('answer', /status\.answers \d+ 418/);
      assert.equal(fill, 'yellow');
    });

    it('where the payload is no JSON, and the caught error can still be answered', async () => {
      const { message, answer } = await flow.ask(...LIST);
      const payload = { watts: 10n };
      const { at, message: caught } = await flow.send(
        'answer',
        Object.assign(message, { payload }),
      );
      assert.deepEqual([at, caught.error?.code], ['caught', 'INTERNAL_ERROR']);
      flow.give('answer', caught);
      assert.equal((await answer).status, 500);
    });

    it('F15: where the payload is no JSON and nothing catches, and answers its own error', async () => {
      const { message, answer } = await flow.ask(...LIST);
      const payload: unknown[] = [];
      payload.push(payload);
      flow.give('uncaught', Object.assign(message, { payload }));
      const { status, body } = await answer;
      assert.deepEqual([status, body.code], [500, 'INTERNAL_ERROR']);
    });

    it('without a home', async () => {
      assert.match(flow.status('homeless').text ?? '', /no-home/);
      const { message, answer } = await flow.ask(...LIST);
      assert.equal(await flow.fail('homeless', message), 'SERVICE_UNAVAILABLE');
      flow.homes.exchangeOf(message)?.succeed(null);
      await answer;
    });
  });

  it('says nothing when the caller has left', async () => {
    const caller = new AbortController();
    const { message, answer } = await flow.ask(...LIST, { signal: caller.signal });
    const exchange = flow.homes.exchangeOf(message);
    assert.ok(exchange);
    const left = new Promise<void>((resolve) => exchange.whenAnswered(resolve));
    caller.abort();
    await assert.rejects(answer);
    await left;
    flow.give('answer', message);
    await answered(LIST, {});
    assert.deepEqual(flow.complaints('answer'), []);
  });
});
