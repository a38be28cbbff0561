import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';

/** Wires that lead from one home's requests into another home. */
describe('two homes of one Node-RED', () => {
  let aurion: AurionProcess;
  before(async () => {
    aurion = await AurionProcess.start({ flows: [...fullBackend(), ...strayWires()] });
  });
  after(() => aurion.remove());

  /** Home `there` has accounts of its own; its devices and settings are asked for by wires that change homes. */
  function strayWires(): FlowNode[] {
    const here = fullBackend().find(({ type }) => type === 'aurion-home')!;
    const there = {
      ...here,
      ...{ id: 'home-there', key: 'there', basePath: '/there', topicPrefix: 'there' },
      ...{ wsPath: '/there/ws', mqttPort: '0', mqttWsPort: '0' },
    };
    /** A request's way through a guard and a node, each of a home. */
    const way = (group: string, guard: string, type: string, does: string): FlowNode[] => {
      const place = { z: 'stray', x: 0, y: 0, name: '' };
      return [
        {
          ...{ id: `${group}-in`, type: 'aurion-request', home: 'home-there', group, ...place },
          wires: [[`${group}-guard`]],
        },
        {
          ...{ id: `${group}-guard`, type: 'aurion-auth-guard', home: guard, role: '', ...place },
          wires: [[`${group}-do`], []],
        },
        {
          ...{ id: `${group}-do`, type, home: does, operation: '', role: 'admin', ...place },
          wires: [['answer']],
        },
      ];
    };
    return [
      there,
      { id: 'stray', type: 'tab', label: 'Stray' },
      ...way('accounts', 'home-there', 'aurion-account', 'home-there'),
      ...way('devices', 'home-there', 'aurion-device', here.id),
      ...way('settings', here.id, 'aurion-settings', 'home-there'),
      {
        ...{ id: 'answer', type: 'aurion-response', z: 'stray', x: 0, y: 0, home: 'home-there' },
        wires: [],
      },
      {
        ...{ id: 'oops', type: 'catch', z: 'stray', x: 0, y: 0, scope: null, uncaught: false },
        wires: [['answer']],
      },
    ];
  }

  it('S12: a request of one does nothing in the other, though its sender is the administrator there', async () => {
    const admin = await aurion.register('ama');
    const there = `http://127.0.0.1:${aurion.port}/there`;
    const registered = await aurion.request<{ token: string }>('POST', `${there}/auth/register`, {
      body: { name: 'Kofi', email: 'kofi@maison.tg', password: 'kofi aime la mer' },
    });
    const { token } = registered.body;
    assert.equal((await aurion.request('GET', `${there}/auth/me`, { token })).status, 200);
    const before = await aurion.request('GET', '/devices', { token: admin });
    for (const [method, path, body] of [
      // Let in by its own home's guard, into the other home's node.
      ['GET', '/devices', undefined],
      ['POST', '/devices', { name: 'Lampe', type: 'light', room: 'Salon' }],
      ['POST', '/devices/1/toggle', {}],
      // To the other home's guard.
      ['GET', '/settings', undefined],
      ['PUT', '/settings', { theme: 'dark' }],
    ] as const) {
      const answer = await aurion.request(method, `${there}${path}`, { token, body });
      assert.deepEqual([answer.status, answer.body.code], [403, 'ACCESS_DENIED'], path);
    }
    const now = await aurion.request('GET', '/devices', { token: admin });
    assert.deepEqual(now.body, before.body);
  });
});
