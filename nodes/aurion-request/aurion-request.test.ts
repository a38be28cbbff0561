import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { RequestView } from '../../src/adapters/exchange';
import { HOME, node, ownSettings, TestFlow } from '../../test/support/flow-helper';

describe('aurion-request', () => {
  let flow: TestFlow;
  const ANNEX = { ...HOME, ...ownSettings('annex'), id: 'annex-node' };
  const opens = (id: string, group: string, more: object = {}) =>
    node('aurion-request', id, { group, wires: [['out', 'answer']], ...more });
  before(async () => {
    flow = await TestFlow.load([
      HOME,
      ANNEX,
      opens('devices', 'devices'),
      opens('accounts', 'accounts', { name: 'Comptes' }),
      opens('again', 'devices'),
      opens('none', ''),
      opens('unknown', '__proto__'),
      opens('homeless', 'devices', { home: '' }),
      opens('elsewhere', 'devices', { home: ANNEX.id }),
      node('aurion-response', 'answer', { wires: [] }),
    ]);
  });
  after(() => flow.unload());

  describe('shows', () => {
    it('green with how many requests came to the group it opened, once in each home', () => {
      const green = { fill: 'green', shape: 'dot', text: 'aurion-request.status.requests 0' };
      for (const id of ['devices', 'elsewhere']) assert.deepEqual(flow.status(id), green);
    });

    it('its group only where its name does not say it', () => {
      const { text } = flow.status('accounts');
      assert.equal(text, 'accounts: aurion-request.status.requests 0');
    });

    const red = {
      again: /group-taken/,
      none: /no-group/,
      unknown: /no-group/,
      homeless: /no-home/,
    };
    for (const [id, text] of Object.entries(red)) {
      it(`red where it opens nothing: ${id}`, () => {
        const { fill, text: shown } = flow.status(id);
        assert.equal(fill, 'red');
        assert.match(shown ?? '', text);
      });
    }

    it('in the log that another node has the group open', () => {
      const [complaint, ...others] = flow.complaints('again');
      assert.match(complaint ?? '', /group-taken/);
      assert.deepEqual(others, []);
    });
  });

  describe('sends', () => {
    it('a request’s operation and checked input, once', async () => {
      const { message, answer } = await flow.ask('PUT', '/api/devices/2', {
        body: { name: '  Ventilateur ', power: 40 },
      });
      const { operation, payload } = message;
      assert.equal(operation, 'devices.change');
      assert.deepEqual(payload, { id: 2, name: 'Ventilateur', power: 40 });
      assert.equal((await answer).status, 200);
      assert.deepEqual(flow.complaints('answer'), []);
    });

    it('what is left of the request as msg.req, without what lets in, and unchangeable', async () => {
      const { message, answer } = await flow.ask('GET', '/api/devices?room=Salon', {
        token: 'canary',
        headers: { cookie: 'canary', 'x-aurion-setup-code': 'canary', 'x-mine': 'kept' },
      });
      const { method, url, headers, requestId } = message.req as RequestView;
      assert.deepEqual([method, url, headers['x-mine']], ['GET', '/devices?room=Salon', 'kept']);
      assert.doesNotMatch(JSON.stringify(message), /canary/);
      assert.ok(Object.isFrozen(message.req) && Object.isFrozen(headers));
      assert.equal((await answer).headers.get('x-request-id'), requestId);
    });

    it('S21: dots in place of secrets', async () => {
      const { message, answer } = await flow.ask('POST', '/api/auth/register', {
        body: { name: 'Ama', email: 'ama@maison.tg', password: 'canary bird' },
        headers: { 'x-aurion-setup-code': 'canary code' },
      });
      const secrets = { password: '•••', setupCode: '•••' };
      assert.deepEqual(message.payload, { name: 'Ama', email: 'ama@maison.tg', ...secrets });
      assert.doesNotMatch(JSON.stringify(message), /canary/);
      await answer;
    });

    it('nothing for a group that no node of its home opens', async () => {
      const body = { email: 'ama@maison.tg', password: 'canary bird' };
      const { status, body: refusal } = await flow.request('POST', '/annex/auth/login', { body });
      assert.deepEqual([status, refusal.code], [404, 'OPERATION_NOT_OPEN']);
    });
  });
});
