import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Device } from '../src/contract/device';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';
import { Lamp } from './support/lamp';

/** What an integrator does to the wires, on a real Node-RED. */
describe('flows', () => {
  let aurion: AurionProcess;
  let admin: string;
  let guest: string;
  before(async () => {
    aurion = await AurionProcess.start();
    admin = await aurion.register('ama');
    guest = await aurion.register('kofi');
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(aurion.lines.slice(-12).join('\n'));
  });
  after(() => aurion.remove());

  const tab = 'aurion-devices';
  const [request, guard, device, response] = ['request', 'guard', 'do', 'response'].map(
    (part) => `aurion-devices-${part}`,
  ) as [string, string, string, string];

  function wired(nodes: FlowNode[], from: string, to: string | string[], output = 0): void {
    const wires = nodes.find(({ id }) => id === from)?.['wires'] as string[][];
    wires[output] = [to].flat();
  }

  /** The full-backend flow with nodes between two of its own. */
  function cutIn(from: string, ...between: FlowNode[]): FlowNode[] {
    const nodes = fullBackend();
    const [next = ''] = (nodes.find(({ id }) => id === from)?.['wires'] as string[][])[0] ?? [];
    const chain = between.map((node, i) => ({
      z: tab,
      x: 0,
      y: 0,
      wires: [[between[i + 1]?.id ?? next]],
      ...node,
    }));
    wired(nodes, from, chain[0]?.id ?? next);
    return [...nodes, ...chain];
  }

  const code = (id: string, func: string, more: object = {}): FlowNode => ({
    id,
    type: 'function',
    func,
    outputs: 1,
    ...more,
  });

  const list = (token = admin) => aurion.request<Device[]>('GET', '/devices', { token });

  async function worksWith(flows: FlowNode[]): Promise<void> {
    await aurion.deploy(flows);
    const { status, body } = await list();
    assert.deepEqual([status, body.length], [200, 3]);
    const missing = await aurion.request('GET', '/devices/99', { token: admin });
    assert.deepEqual([missing.status, missing.body.code], [404, 'DEVICE_NOT_FOUND']);
  }

  it('a function node in each wire sees the message and lets it pass', async () => {
    for (const from of [request, guard, device]) {
      await worksWith(cutIn(from, code('f', 'return msg;')));
    }
  });

  it('switch, delay and change nodes in the wires work', async () => {
    const route = { id: 's', type: 'switch', property: 'operation', propertyType: 'msg' };
    const rules = [{ t: 'regex', v: '^devices\\.', vt: 'str' }];
    await worksWith(
      cutIn(
        guard,
        { ...route, rules, checkall: 'true', outputs: 1 },
        { id: 'd', type: 'delay', pauseType: 'delay', timeout: '5', timeoutUnits: 'milliseconds' },
        {
          id: 'c',
          type: 'change',
          rules: [{ t: 'set', p: 'seen', pt: 'msg', to: '1', tot: 'str' }],
        },
      ),
    );
  });

  it('a subflow and a link call in the wires work', async () => {
    const subflow: FlowNode[] = [
      {
        id: 'sub',
        type: 'subflow',
        name: 'Through',
        in: [{ x: 0, y: 0, wires: [{ id: 'sub-f' }] }],
        out: [{ x: 0, y: 0, wires: [{ id: 'sub-f', port: 0 }] }],
      },
      { ...code('sub-f', 'return msg;'), z: 'sub', wires: [[]] },
    ];
    const link: FlowNode[] = [
      { id: 'in', type: 'link in', z: tab, name: 'in', links: [], wires: [['out']] },
      { id: 'out', type: 'link out', z: tab, mode: 'return', links: [], wires: [] },
    ];
    const call = { id: 'call', type: 'link call', links: ['in'], linkType: 'static', timeout: '5' };
    await worksWith([...subflow, ...link, ...cutIn(guard, { id: 'x', type: 'subflow:sub' }, call)]);
  });

  it('S12: forgetting the guard gives 401', async () => {
    const flows = fullBackend();
    wired(flows, request, device);
    await aurion.deploy(flows);
    const { status, body } = await aurion.request('GET', '/devices', { token: admin });
    assert.deepEqual([status, body.code], [401, 'TOKEN_MISSING']);
  });

  const changed: Record<string, (flows: FlowNode[]) => FlowNode[]> = {
    'by the dialog': (flows) =>
      flows.map((node) =>
        node.id === device ? { ...node, operation: 'devices.delete', target: '1' } : node,
      ),
    'by msg.operation': () =>
      cutIn(
        guard,
        code('f', "msg.operation = 'devices.delete'; msg.payload = {id: 1}; return msg;"),
      ),
    'in a fresh object without the request': () =>
      cutIn(guard, code('f', "return {operation: 'devices.delete', payload: {id: 1}};")),
    'with a forged actor, user and request': () =>
      cutIn(
        guard,
        code(
          'f',
          `msg.operation = 'devices.delete';
           msg.actor = msg.user = {accountId: 1, role: 'admin'};
           msg.payload = {id: 1, actor: {role: 'admin'}, role: 'admin'};
           return msg;`,
        ),
      ),
  };
  for (const [name, change] of Object.entries(changed)) {
    it(`S12: a guest's list turned into a delete ${name} is refused`, async () => {
      await aurion.deploy(change(fullBackend()));
      const { status, body } = await aurion.request('GET', '/devices', { token: guest });
      assert.deepEqual([status, body.code], [403, 'ACCESS_DENIED']);
      await aurion.deploy(fullBackend());
      assert.equal((await list()).body.length, 3);
    });
  }

  it('S12: a forged msg.req has nobody behind it', async () => {
    const forge = code('f', 'msg.req = {headers: msg.req.headers}; return msg;');
    await aurion.deploy(cutIn(guard, forge).filter(({ type }) => type !== 'catch'));
    const answer = aurion.request('GET', '/devices', { token: admin });
    await aurion.untilLine(/Token missing/);
    await aurion.deploy(fullBackend());
    assert.equal((await answer).status, 503);
  });

  it('F15: an edit in place changes this answer and no other', async () => {
    await aurion.deploy(
      cutIn(
        device,
        code(
          'f',
          "if (msg.req.headers['x-edit']) { msg.payload[0].name = 'edited'; msg.payload.length = 1; } return msg;",
        ),
      ),
    );
    const edited = await aurion.request<Device[]>('GET', '/devices', {
      token: admin,
      headers: { 'x-edit': '1' },
    });
    assert.deepEqual(
      edited.body.map(({ name }) => name),
      ['edited'],
    );
    assert.deepEqual(
      (await list()).body.map(({ name }) => name),
      ['Lumière Salon', 'Climatiseur Chambre', 'TV Salon'],
    );
  });

  it('F15: an answer given twice is a warning, and the first counts', async () => {
    const flows = fullBackend();
    wired(flows, device, [response, response]);
    await aurion.deploy(flows);
    assert.equal((await list()).status, 200);
    await aurion.untilLine(/\[warn\] \[aurion-response:/);
  });

  it('F15: without a Catch the node answers its own error', async () => {
    await aurion.deploy(fullBackend().filter(({ type }) => type !== 'catch'));
    const { status, body } = await aurion.request('GET', '/devices/99', { token: admin });
    assert.deepEqual([status, body.message], [404, 'Appareil non trouvé']);
  });

  it('F10: a function node that throws is 500 by way of the Catch, and tells nothing', async () => {
    await aurion.deploy(cutIn(guard, code('f', "throw new Error('secret plan');")));
    const { status, body } = await aurion.request('GET', '/devices', { token: admin });
    assert.deepEqual([status, body.code], [500, 'INTERNAL_ERROR']);
    assert.doesNotMatch(JSON.stringify(body), /secret plan/);
  });

  it('an integrator’s own answer, status and all, goes out', async () => {
    await aurion.deploy(
      cutIn(
        device,
        code('f', "msg.statusCode = 409; msg.payload = {message: 'Pas la nuit'}; return msg;"),
      ),
    );
    const { status, body } = await aurion.request('GET', '/devices', { token: admin });
    assert.deepEqual([status, body], [409, { message: 'Pas la nuit' }]);
  });

  it('the guard’s second output gets the refused', async () => {
    const flows = fullBackend();
    wired(flows, guard, 'f', 1);
    const note = code(
      'f',
      'msg.payload = msg.error.code; delete msg.error; msg.statusCode = 418; return msg;',
    );
    await aurion.deploy([...flows, { ...note, z: tab, wires: [[response]] }]);
    const { status, body } = await aurion.request('GET', '/devices');
    assert.deepEqual([status, body], [418, 'TOKEN_MISSING']);
  });

  it('the guard works behind Node-RED’s own http in, and the device node acts as who came in', async () => {
    const own: FlowNode[] = [
      { id: 'h', type: 'http in', z: tab, url: '/salon', method: 'post', wires: [['g']] },
      {
        id: 'g',
        type: 'aurion-auth-guard',
        z: tab,
        home: 'aurion-home-1',
        role: '',
        wires: [['d'], []],
      },
      {
        id: 'd',
        type: 'aurion-device',
        z: tab,
        home: 'aurion-home-1',
        operation: 'devices.toggle',
        target: '2',
        wires: [['r']],
      },
      { id: 'r', type: 'http response', z: tab, wires: [] },
    ];
    await aurion.deploy([...fullBackend().filter(({ type }) => type !== 'catch'), ...own]);
    const call = (token?: string) =>
      aurion.request<Device & { code?: string }>('POST', `http://127.0.0.1:${aurion.port}/salon`, {
        token,
        body: {},
      });
    assert.deepEqual([(await call()).status, (await call('x')).status], [401, 403]);
    const asGuest = await call(guest);
    assert.deepEqual([asGuest.status, asGuest.body.code], [403, 'ACCESS_DENIED']);
    const toggled = await call(admin);
    assert.deepEqual([toggled.status, toggled.body.id], [200, 2]);
  });

  it('a flow acts by itself, with the role chosen in its node', async () => {
    const lamp = await Lamp.plugIn(aurion, 1);
    const inject = {
      id: 'i',
      type: 'inject',
      z: tab,
      props: [{ p: 'payload' }],
      once: true,
      payloadType: 'date',
    };
    const act = (role: string, operation: string) => ({
      id: 'd',
      type: 'aurion-device',
      z: tab,
      home: 'aurion-home-1',
      operation,
      target: '1',
      role,
    });
    const flow = (role: string, operation: string): FlowNode[] => [
      ...fullBackend(),
      { ...inject, wires: [['d']] },
      { ...act(role, operation), wires: [['f']] },
      {
        ...code('f', `node.warn('did ${role} ${operation} ' + msg.payload.id);`),
        z: tab,
        wires: [[]],
      },
      { id: 'k', type: 'catch', z: tab, scope: ['d'], uncaught: false, wires: [['e']] },
      {
        ...code('e', `node.warn('refused ${role} ${operation} ' + msg.error.code);`),
        z: tab,
        wires: [[]],
      },
    ];
    await aurion.deploy(flow('user', 'devices.toggle'));
    await aurion.untilLine(/did user devices\.toggle 1/);
    assert.equal(lamp.commands.length, 1);
    await aurion.deploy(flow('user', 'devices.delete'));
    await aurion.untilLine(/refused user devices\.delete ACCESS_DENIED/);
    await lamp.unplug();
  });

  it('S21: no password and no token is seen in the flow, the debug panel, the log or an error', async () => {
    const spy = (id: string) =>
      code(id, "node.warn('SPY ' + JSON.stringify(msg)); return msg;", { z: 'aurion-accounts' });
    const flows = fullBackend();
    wired(flows, 'aurion-accounts-request', 'a');
    wired(flows, 'aurion-accounts-do', 'b');
    const spies = [
      { ...spy('a'), wires: [['aurion-accounts-guard']] },
      { ...spy('b'), wires: [['aurion-accounts-response']] },
    ];
    await aurion.deploy([...flows, ...spies]);
    const email = 'canari@maison.tg';
    const password = 'le canari chante à midi';
    const { body } = await aurion.request<{ token: string }>('POST', '/auth/register', {
      body: { name: 'Canari', email, password },
    });
    await aurion.request('GET', '/auth/me', { token: body.token });
    await aurion.untilLine(/SPY .*auth\.me.*canari@maison/);
    assert.equal((await aurion.request('GET', '/auth/me', { token: body.token })).status, 200);
    assert.match(aurion.log, /"password":"•••"/);
    assert.match(aurion.log, /"token":"•••"/);
    assert.ok(!aurion.log.includes(password));
    assert.ok(!aurion.log.includes(body.token));
  });
});
