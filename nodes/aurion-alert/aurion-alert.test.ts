import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Alert } from '../../src/contract/alert';
import { catching, node, TestFlow } from '../../test/support/flow-helper';
import english from './locales/en-US/aurion-alert.json';
import { readRule, RuleInvalid, type AlertConfig } from './rule';

const RULE = { rule: 'compare', field: 'value', comparison: '==', than: 'true' };

describe('aurion-alert', () => {
  let flow: TestFlow;
  const rule = (id: string, more: object) =>
    node('aurion-alert', id, { wires: [], severity: 'warning', alertType: 'other', ...more });
  before(async () => {
    flow = await TestFlow.load([
      node('aurion-alert', 'any', {}),
      node('aurion-sensor', 'report', { operation: 'sensors.report' }),
      rule('smoke', {
        ...RULE,
        ...{ sensors: 'smoke', alertType: 'smoke', severity: 'critical' },
        messageFr: 'Fumée : {sensor}',
        messageEn: 'Smoke: {sensor}',
      }),
      rule('asks', {
        rule: 'expression',
        expression: "type = 'motion' and value and battery < 50",
        ...{ sensors: '1', alertType: 'motion', severity: 'info' },
      }),
      rule('wrong', { rule: 'expression', expression: 'value >' }),
      catching('any'),
    ]);
  });
  after(() => flow.unload());

  const alerts = async () =>
    (await flow.pass<Alert[]>('any', { operation: 'alerts.list' })).payload.map(
      ({ type, severity, message, active }) => [type, severity, message, active],
    );
  const report = (payload: object) => flow.pass('report', { payload });

  async function until(isRight: (all: unknown[][]) => boolean): Promise<unknown[][]> {
    for (;;) {
      const all = await alerts();
      if (isRight(all)) return all;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('holds a rule: raises while it is met, resolves when it no longer is', async () => {
    await report({ id: 2, smoke: true });
    const raised = ['smoke', 'critical', 'Fumée : Détecteur de Fumée - Cuisine'];
    const [watches] = flow.statuses.get('smoke') ?? [];
    assert.equal(watches?.text, 'aurion-alert.status.watches smoke');
    assert.deepEqual(await until((all) => all.length > 0), [[...raised, true]]);
    const { fill } = await flow.untilShown('smoke', 'aurion-alert.status.active smoke 1');
    assert.equal(fill, 'red');
    await report({ id: 2, smoke: false });
    assert.deepEqual(await until((all) => all[0]?.[3] === false), [[...raised, false]]);
    await flow.untilShown('smoke', 'aurion-alert.status.watches smoke');
  });

  it('holds a rule in JSONata', async () => {
    await report({ id: 1, motion: true, battery: 60 });
    await report({ id: 1, motion: true, battery: 49 });
    const [newest] = await until((all) => all[0]?.[0] === 'motion');
    assert.deepEqual(newest, ['motion', 'info', 'Détecteur de Mouvement - Entrée (Entrée)', true]);
    await report({ id: 1, motion: false });
    await until((all) => all[0]?.[3] === false);
  });

  it('is red with a rule that makes no sense, and says why', () => {
    assert.deepEqual(flow.status('wrong').fill, 'red');
    assert.equal(flow.complaints('wrong').length, 1);
  });

  it('raises and resolves what a message says, once for each source and type', async () => {
    const panic = { type: 'other', source: 'panic' };
    const raise = { operation: 'alerts.raise', payload: { ...panic, message: 'Au secours' } };
    const first = await flow.pass<Alert>('any', structuredClone(raise));
    const second = await flow.pass<Alert>('any', structuredClone(raise));
    assert.deepEqual([second.payload.id, second.payload.count], [first.payload.id, 2]);
    await flow.pass('any', { operation: 'alerts.resolve', payload: panic });
    const third = await flow.pass<Alert>('any', structuredClone(raise));
    assert.notEqual(third.payload.id, first.payload.id);
  });

  it('can’t end by hand what a rule finds', async () => {
    await report({ id: 2, smoke: true });
    await until((all) => all[0]?.[0] === 'smoke' && all[0][3] === true);
    const payload = { type: 'smoke', sensorId: 2 };
    await flow.pass('any', { operation: 'alerts.resolve', payload });
    assert.equal((await alerts())[0]?.[3], true);
  });

  it('passes on untouched what the sensor node does', async () => {
    const message = { operation: 'sensors.list', payload: [1, 2] };
    assert.deepEqual((await flow.pass('any', message)).payload, [1, 2]);
  });

  it('has a reason in each language for every field that can be wrong', () => {
    const good: AlertConfig = {
      ...{ id: 'x', type: 'aurion-alert', name: '', z: '' },
      ...{ ...RULE, alertType: 'other', severity: 'info' },
    };
    const wrong: Partial<AlertConfig>[] = [
      { rule: 'magic' },
      { field: 'colour' },
      { comparison: '~' },
      { than: 'warm' },
      { overAt: 'cold' },
      { rule: 'expression', expression: '(' },
      { rule: 'absence', forS: '' },
      { forS: '-1' },
      { coolDownS: '1e99' },
      { alertType: 'boredom' },
      { severity: 'meh' },
    ];
    const reasons: Readonly<Record<string, string>> = english['aurion-alert'].invalid;
    const host = flow.node('any');
    readRule(flow.RED, host, good);
    for (const change of wrong) {
      assert.throws(
        () => readRule(flow.RED, host, { ...good, ...change }),
        (error) => error instanceof RuleInvalid && reasons[error.field] !== undefined,
        JSON.stringify(change),
      );
    }
  });
});
