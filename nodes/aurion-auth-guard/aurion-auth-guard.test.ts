import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { AurionMessage } from '../runtime/shell';
import {
  catching,
  HOME,
  node,
  ownSettings,
  TestFlow,
  type Arrival,
} from '../../test/support/flow-helper';

describe('aurion-auth-guard', () => {
  let flow: TestFlow;
  let admin: string;
  let guest: string;
  const ANNEX = { ...HOME, ...ownSettings('annex'), id: 'annex-node' };
  const guard = (id: string, more: object = {}) =>
    node('aurion-auth-guard', id, { wires: [['out'], ['refused']], ...more });
  before(async () => {
    flow = await TestFlow.load([
      HOME,
      ANNEX,
      node('aurion-request', 'devices', { group: 'devices' }),
      node('aurion-request', 'accounts', { group: 'accounts' }),
      node('aurion-request', 'elsewhere', { group: 'devices', home: ANNEX.id }),
      guard('guard'),
      guard('answering', { wires: [['out'], []] }),
      ...['guest', 'user', 'admin'].map((role) => guard(role, { role })),
      guard('annexed', { home: ANNEX.id }),
      guard('homeless', { home: '' }),
      node('aurion-response', 'answer', { wires: [] }),
      catching(),
    ]);
    admin = await flow.register('ama');
    guest = await flow.register('kofi');
  });
  after(() => flow.unload());

  const LIST = ['GET', '/api/devices'] as const;
  const DELETE = ['DELETE', '/api/devices/1'] as const;
  const LOGIN = ['POST', '/api/auth/login'] as const;
  const credentials = { email: 'ama@maison.tg', password: 'not needed here' };

  /** What a guard makes of a request. */
  async function guarded(
    by: string,
    [method, path]: readonly [string, string],
    { token, change = {} }: { token?: string; change?: object } = {},
  ): Promise<Arrival> {
    const body = path === LOGIN[1] ? credentials : undefined;
    const { message, answer } = await flow.ask(method, path, { token, body });
    const arrival = await flow.send(by, Object.assign(message, change));
    flow.homes.exchangeOf(message)?.succeed(null);
    await answer;
    return arrival;
  }

  async function passes(...asked: Parameters<typeof guarded>): Promise<AurionMessage> {
    const { at, message } = await guarded(...asked);
    assert.equal(at, 'out');
    return message;
  }

  async function refuses(...asked: Parameters<typeof guarded>): Promise<unknown> {
    const { at, message } = await guarded(...asked);
    assert.equal(at, 'refused');
    return message.error?.code;
  }

  describe('S12: lets pass', () => {
    it('who may do what the request asks, and says who it is', async () => {
      const { actor } = await passes('guard', LIST, { token: guest });
      assert.deepEqual(actor, { accountId: 2, name: 'kofi', role: 'guest' });
      assert.deepEqual((await passes('guard', DELETE, { token: admin })).actor, {
        accountId: 1,
        name: 'ama',
        role: 'admin',
      });
    });

    it('everybody to what is public, as nobody', async () => {
      const forged = { accountId: 1, name: 'ama', role: 'admin' };
      const { actor } = await passes('guard', LOGIN, { change: { actor: forged } });
      assert.equal(actor, undefined);
    });

    it('who has the role of its dialog', async () => {
      for (const role of ['guest', 'user', 'admin']) await passes(role, LIST, { token: admin });
      await passes('guest', LIST, { token: guest });
    });

    it('by what the request asked, not by what the message says now', async () => {
      const change = { operation: 'devices.list', payload: {} };
      assert.equal(await refuses('guard', DELETE, { token: guest, change }), 'ACCESS_DENIED');
    });

    it('a message that kept its id but lost its request', async () => {
      const { actor } = await passes('guard', LIST, { token: admin, change: { req: undefined } });
      assert.equal((actor as { name: string }).name, 'ama');
    });
  });

  describe('S12: refuses', () => {
    it('no token, and one that is none', async () => {
      assert.equal(await refuses('guard', LIST), 'TOKEN_MISSING');
      assert.equal(await refuses('guard', LIST, { token: 'x.y.z' }), 'TOKEN_INVALID');
    });

    it('an account whose role is too low for the request, whatever the dialog asks', async () => {
      for (const by of ['guard', 'guest', 'user', 'admin']) {
        assert.equal(await refuses(by, DELETE, { token: guest }), 'ACCESS_DENIED');
      }
    });

    it('an account whose role is too low for the dialog', async () => {
      for (const by of ['user', 'admin']) {
        assert.equal(await refuses(by, LIST, { token: guest }), 'ACCESS_DENIED');
      }
    });

    it('no token where its dialog asks for an account and the request for none', async () => {
      assert.equal(await refuses('guest', LOGIN), 'TOKEN_MISSING');
    });

    it('a request and a token of another home', async () => {
      assert.equal(await refuses('annexed', LIST, { token: admin }), 'ACCESS_DENIED');
      const annexed = ['GET', '/annex/devices'] as const;
      assert.equal(await refuses('annexed', annexed, { token: admin }), 'TOKEN_INVALID');
    });

    it('with the reason in the language asked for', async () => {
      const { message, answer } = await flow.ask(...LIST, { headers: { 'accept-language': 'en' } });
      const { message: refused } = await flow.send('guard', message);
      assert.deepEqual(refused.error, { code: 'TOKEN_MISSING', message: 'Token missing' });
      flow.give('answer', refused);
      const { status, body } = await answer;
      assert.deepEqual([status, body.code, body.message], [401, 'TOKEN_MISSING', 'Token missing']);
    });
  });

  describe('F15: without a wire for the refused', () => {
    it('answers them itself, and nothing comes out or is an error', async () => {
      const { message, answer } = await flow.ask(...LIST);
      const seen: string[] = [];
      for (const at of ['out', 'refused', 'caught']) {
        flow.node(at).on('input', () => seen.push(at));
      }
      flow.give('answering', message);
      const { status, body } = await answer;
      assert.deepEqual([status, body.code], [401, 'TOKEN_MISSING']);
      await passes('answering', LIST, { token: guest });
      // What `ask` sends out, what passed, and nothing of the refused.
      assert.deepEqual(seen, ['out', 'out']);
      assert.deepEqual(flow.status('answering'), {
        ...{ fill: 'yellow', shape: 'ring' },
        text: 'aurion-auth-guard.status.refused 1 Token manquant',
      });
    });
  });

  describe('F10: without a request', () => {
    it('is an error, also with a forged one', async () => {
      const headers = { authorization: `Bearer ${admin}` };
      for (const req of [undefined, null, 'req', {}, { headers }, { headers, res: null }]) {
        assert.equal(await flow.fail('guard', { req }), 'TOKEN_MISSING');
      }
      await flow.untilShown('guard', 'Token manquant');
      assert.equal(await flow.fail('guard', { req: { headers, res: {} } }), 'INTERNAL_ERROR');
      await passes('guard', LIST, { token: admin });
      await flow.untilShown('guard', /status\.refused \d+ /);
    });

    it('or without a home it refuses all', async () => {
      assert.match(flow.status('homeless').text ?? '', /no-home/);
      const { at, message } = await guarded('homeless', LIST, { token: admin });
      assert.deepEqual([at, message.error?.code], ['caught', 'SERVICE_UNAVAILABLE']);
    });
  });
});
