import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { AuditEntry } from '../../src/contract/audit';
import { INSIDE } from '../../src/contract/operation';
import type { ToldVerdict } from '../../src/contract/verdict';
import { BareBroker } from '../../src/adapters/mqtt/bare-broker.suite';
import { freePort } from '../../test/support/free-port';
import { HOME, node, ownSettings, TestFlow } from '../../test/support/flow-helper';
import { newDatabase } from '../../test/support/postgres';

const PASSWORD = 'canary-of-the-credentials';
const UNTOUCHED = '__PWRD__';

describe('the trials of the home’s dialog', () => {
  let flow: TestFlow;
  let broker: BareBroker;
  const ports: string[] = [];
  const secrets = [PASSWORD, 'canary-typed'];

  before(async () => {
    broker = await BareBroker.open();
    broker.password = PASSWORD;
    ports.push(...(await Promise.all([freePort(), freePort()])).map(String));
    const [mqttPort, mqttWsPort] = ports;
    process.env['AURION_TRIAL_URL'] = broker.url;
    flow = await TestFlow.load(
      [
        { ...HOME, mqttPort, mqttWsPort },
        { ...HOME, ...ownSettings('annex'), id: 'annex-node' },
        node('helper', 'stranger'),
      ],
      {
        credentials: {
          [HOME.id]: { mqttUsername: 'aurion', mqttPassword: PASSWORD },
          stranger: { mqttPassword: PASSWORD },
        },
      },
    );
  });
  after(async () => {
    delete process.env['AURION_TRIAL_URL'];
    await flow.unload();
    await broker.close();
  });

  async function trial(
    part: 'broker' | 'store',
    values: Record<string, string>,
    { id = HOME.id, language = 'en' } = {},
  ): Promise<ToldVerdict> {
    const answer = await flow.admin<ToldVerdict>(`/aurion/trials/${part}`, 'POST', {
      body: { id, values },
      language,
    });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const shown = JSON.stringify(answer.body);
    for (const secret of secrets) assert.ok(!shown.includes(secret));
    return answer.body;
  }

  it('sign in with the password that was typed, and with the kept one where it was not touched', async () => {
    const typed = { mqttUrl: broker.url, mqttUsername: 'aurion' };
    const code = async (mqttPassword: string, id = HOME.id) =>
      (await trial('broker', { ...typed, mqttPassword }, { id })).code;
    assert.equal(await code('canary-typed'), 'credentials');
    assert.equal(await code(PASSWORD), 'connected');
    assert.equal(await code(UNTOUCHED), 'connected');
    // A home that is not deployed has none yet, and other nodes' are not for this.
    assert.equal(await code(UNTOUCHED, 'nowhere'), 'connected', 'as the running home of this key');
    const elsewhere = { ...typed, key: 'elsewhere', mqttPassword: UNTOUCHED };
    for (const id of ['nowhere', 'stranger']) {
      assert.equal((await trial('broker', elsewhere, { id })).code, 'credentials', id);
    }
  });

  it('fill in variables as Node-RED does', async () => {
    const typed = { mqttUrl: '${AURION_TRIAL_URL}', mqttPassword: UNTOUCHED };
    assert.equal((await trial('broker', typed)).code, 'connected');
    const { code, text } = await trial('broker', {
      mqttUrl: '${AURION_NOT_SET}',
      mqttPort: ports[0]!,
      mqttWsPort: ports[1]!,
    });
    assert.equal(code, 'ours', text);
  });

  it('know the ports of this home, of another one here, of another program, and free ones', async () => {
    const [mqttPort, mqttWsPort] = ports as [string, string];
    const ours = await trial('broker', { mqttPort, mqttWsPort });
    assert.deepEqual([ours.outcome, ours.code], ['good', 'ours']);
    const annex = await trial('broker', { key: 'annex', mqttPort, mqttWsPort: '0' });
    assert.deepEqual([annex.outcome, annex.code], ['bad', 'taken']);
    assert.match(annex.text, /belongs to the home "home"/);
    const mqttTaken = await trial('broker', { mqttPort: String(broker.port), mqttWsPort: '0' });
    assert.deepEqual([mqttTaken.outcome, mqttTaken.code], ['bad', 'taken']);
    const free = String(await freePort());
    const { outcome, text } = await trial(
      'broker',
      { mqttPort: free, mqttWsPort: '0' },
      { language: 'fr' },
    );
    assert.equal(outcome, 'good');
    assert.match(text, new RegExp(`^Le port ${free} est libre\\.`));
    assert.equal((await trial('broker', { mqttPort: free, mqttWsPort: free })).code, 'same-port');
    assert.equal((await trial('broker', { mqttHost: '192.0.2.1' })).code, 'closed');
  });

  it('look at the files of the home, or at the database that was typed', async () => {
    assert.equal((await trial('store', {})).code, 'ours');
    assert.equal((await trial('store', { key: 'cellar' })).code, 'new');
    const url = await newDatabase();
    assert.equal((await trial('store', { storeUrl: url })).code, 'empty');
    const wrong = Object.assign(new URL(url), { password: 'canary-typed' }).href;
    const { outcome, text } = await trial('store', { storeUrl: wrong }, { language: 'fr' });
    assert.equal(outcome, 'bad');
    assert.match(text, /refuse le mot de passe/);
  });

  it('name the setting that makes no sense', async () => {
    const refused = await flow.admin<{ code: string; message: string }>(
      '/aurion/trials/broker',
      'POST',
      { body: { values: { mqttPort: 'many', mailFrom: 'not its business' } } },
    );
    assert.deepEqual([refused.status, refused.body.code], [400, 'INPUT_INVALID']);
    assert.match(refused.body.message, /mqttPort/);
    for (const body of [{ values: { key: 1 } }, { id: {} }, []]) {
      const { status } = await flow.admin('/aurion/trials/store', 'POST', { body });
      assert.equal(status, 400, JSON.stringify(body));
    }
  });

  it('S26: need the right to write flows, and are in the audit without a secret', async () => {
    for (const part of ['broker', 'store'] as const) {
      await trial(part, { mqttUrl: broker.url, mqttPassword: 'canary-typed', storeUrl: 'x' });
      flow.permissions.delete('flows.write');
      const refused = await flow.admin(`/aurion/trials/${part}`, 'POST', { body: {} });
      flow.permissions.add('flows.write');
      assert.equal(refused.status, 403);
    }
    const actor = { kind: 'flow', nodeId: 'n', role: 'admin' } as const;
    const call = { actor, requestId: 'r', origin: INSIDE };
    const entries = (await flow.residence().home.run('audit.list', {}, call)) as AuditEntry[];
    const newest = entries.slice(0, 2).map(({ actor: who, action }) => [who, action]);
    assert.deepEqual(newest, [
      ['editor:tester', 'home.test-store'],
      ['editor:tester', 'home.test-broker'],
    ]);
    const logged = JSON.stringify([entries, flow.log]);
    for (const secret of secrets) assert.ok(!logged.includes(secret));
  });
});
