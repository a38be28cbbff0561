import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { SignedIn } from '../../src/contract/account';
import { MASK } from '../../src/contract/fields';
import { catching, HOME, node, TestFlow } from '../../test/support/flow-helper';

const EMAIL = 'ama@maison.tg';
const PASSWORD = 'le canari chante à midi';
const SETUP_CODE = 'canari-de-la-maison';

describe('aurion-account', () => {
  let flow: TestFlow;
  const account = (id: string, more: object = {}) => node('aurion-account', id, more);
  before(async () => {
    flow = await TestFlow.load(
      [
        node('aurion-request', 'accounts', { group: 'accounts' }),
        account('any', { role: 'admin' }),
        account('me', { operation: 'auth.me', role: 'admin' }),
        account('logout', { operation: 'auth.logout', role: 'admin', target: '1' }),
        account('homeless', { home: '' }),
        node('aurion-response', 'answer', { wires: [] }),
        catching(),
      ],
      { credentials: { [HOME.id]: { setupCode: SETUP_CODE } } },
    );
  });
  after(() => flow.unload());

  describe('a message that no request started', () => {
    it('has no account, whatever the node’s role', async () => {
      assert.equal(await flow.fail('me'), 'TOKEN_MISSING');
    });

    it('is no different for a target, which accounts do not take', async () => {
      assert.equal(await flow.fail('logout'), 'TOKEN_MISSING');
    });

    it('S10, S21: makes the first account with the setup code only, and gets dots for its token', async () => {
      const payload = { name: 'Ama', email: EMAIL, password: PASSWORD };
      const register = (more: object) => ({
        operation: 'auth.register',
        payload: { ...payload, ...more },
      });
      for (const more of [{}, { setupCode: 'guessed' }]) {
        assert.equal(await flow.fail('any', register(more)), 'SETUP_CODE_REQUIRED');
      }
      const out = await flow.pass<SignedIn>('any', register({ setupCode: SETUP_CODE }));
      assert.deepEqual([out.payload.user.role, out.payload.token], ['admin', MASK]);
    });
  });

  describe('S21: a request', () => {
    const body = { email: EMAIL, password: PASSWORD };

    it('gives its secrets to the operation and gets the answer’s, and the flow sees neither', async () => {
      const { message, answer } = await flow.ask<SignedIn>('POST', '/api/auth/login', { body });
      const out = await flow.pass<SignedIn>('any', message);
      assert.deepEqual(Object.keys(out.payload), ['user', 'token']);
      assert.equal(out.payload.token, MASK);
      const seen = JSON.stringify(out);
      out.payload.user.name = 'Ama K.';
      flow.give('answer', out);
      const { token, user } = (await answer).body;
      assert.deepEqual(user, { id: 1, name: 'Ama K.', email: EMAIL, phone: null, role: 'admin' });
      assert.equal((await flow.residence().home.authenticate(token)).role, 'admin');
      for (const secret of [PASSWORD, token]) assert.ok(!seen.includes(secret));
    });

    it('does with a secret that the flow put in, and answers what the flow put in', async () => {
      const { message, answer } = await flow.ask<SignedIn>('POST', '/api/auth/login', {
        body: { ...body, password: 'wrong' },
      });
      message.payload = body;
      const out = await flow.pass<SignedIn>('any', message);
      out.payload.token = 'of the flow';
      flow.give('answer', out);
      assert.equal((await answer).body.token, 'of the flow');
    });

    it('S12: acts as nobody until a guard has let it in, whatever the node’s role', async () => {
      const { message, answer } = await flow.ask('GET', '/api/auth/me');
      const { at, message: caught } = await flow.send('any', message);
      assert.equal(at, 'caught');
      flow.give('answer', caught);
      const { status, body } = await answer;
      assert.deepEqual([status, body.code], [401, 'TOKEN_MISSING']);
    });

    it('does the operation it asked for where neither dialog nor message names one', async () => {
      const { message, answer } = await flow.ask<SignedIn>('POST', '/api/auth/login', { body });
      const { operation, payload } = await flow.pass<SignedIn>(
        'any',
        Object.assign(message, { operation: undefined }),
      );
      assert.deepEqual([operation, payload.user.email], ['auth.login', EMAIL]);
      flow.homes.exchangeOf(message)?.succeed(null);
      await answer;
    });
  });

  it('does no operation of another group', async () => {
    assert.equal(await flow.fail('any', { operation: 'devices.list' }), 'OPERATION_UNKNOWN');
    await flow.untilShown('any', 'Opération inconnue : devices.list');
  });

  it('is red without a home, and refuses messages', async () => {
    assert.match(flow.status('homeless').text ?? '', /no-home/);
    const code = await flow.fail('homeless', { operation: 'auth.me' });
    assert.equal(code, 'SERVICE_UNAVAILABLE');
  });
});
