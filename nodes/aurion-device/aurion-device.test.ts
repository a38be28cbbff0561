import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { AuditEntry } from '../../src/contract/audit';
import type { Device } from '../../src/contract/device';
import { INSIDE } from '../../src/contract/operation';
import { catching, node, TestFlow } from '../../test/support/flow-helper';

const LIST = 'devices.list';
const GET = 'devices.get';
const CREATE = 'devices.create';
const DELETE = 'devices.delete';
/** Where a node's dialog says that the device is found. */
const TARGETS: Readonly<Record<string, string>> = {
  msg: 'device.at',
  flow: 'device',
  global: 'device',
  env: 'AURION_TEST_DEVICE',
  jsonata: 'device.at & ""',
};
const FAN = { name: 'Ventilateur', type: 'fan', room: 'Salon' };

describe('aurion-device', () => {
  let flow: TestFlow;
  const device = (id: string, more: object) => node('aurion-device', id, more);
  before(async () => {
    flow = await TestFlow.load([
      node('aurion-request', 'request', { group: 'devices' }),
      device('any', {}),
      device('status', {}),
      device('list', { operation: LIST, target: '2' }),
      device('get', { operation: GET, target: '2' }),
      device('keyed', { operation: GET, target: ' clim ' }),
      ...['msg', 'flow', 'global', 'env', 'jsonata'].map((targetType) =>
        device(targetType, { operation: GET, targetType, target: TARGETS[targetType] }),
      ),
      device('schedule', { operation: 'schedules.delete', target: 'clim', role: 'admin' }),
      device('ears', { listen: 'status', target: 'clim', wires: [['refused']] }),
      device('bridge', { listen: 'commands', target: '1', wires: [['bridge-report']] }),
      device('bridge-report', { operation: 'devices.report', wires: [[]] }),
      device('reports', { operation: 'devices.report', target: '3' }),
      device('newer', { version: 99, operation: LIST }),
      ...['guest', 'user', 'admin', 'owner'].map((role) => device(role, { role })),
      device('homeless', { home: '' }),
      device('astray', { home: 'nowhere' }),
      catching(),
    ]);
    const keyed = { operation: 'devices.change', payload: { id: 2, key: 'clim' } };
    await flow.pass('admin', keyed);
  });
  after(() => flow.unload());

  const ids = (payload: Device[]) => payload.map(({ id }) => id);

  describe('does', () => {
    it('the operation of its dialog, whatever msg.operation says', async () => {
      const { operation, payload } = await flow.pass<Device>('get', { operation: DELETE });
      assert.deepEqual([operation, payload.id], [GET, 2]);
    });

    it('the operation of the message where its dialog names none', async () => {
      const { operation, payload } = await flow.pass<Device[]>('any', { operation: LIST });
      assert.deepEqual([operation, ids(payload)], [LIST, [1, 2, 3]]);
    });

    it('nothing without a known operation of its group', async () => {
      const wrong = [undefined, '', 7, 'devices', 'auth.me', '__proto__', { toString: () => LIST }];
      for (const operation of wrong) {
        assert.equal(await flow.fail('any', { operation }), 'OPERATION_UNKNOWN');
      }
    });

    it('to its target where the payload names none', async () => {
      for (const payload of [undefined, null, 1764000000000, 'on', true, {}]) {
        assert.equal((await flow.pass<Device>('get', { payload })).payload.id, 2);
      }
      assert.equal((await flow.pass<Device>('get', { payload: { id: 3 } })).payload.id, 3);
    });

    it('to a target that is a key, but nothing else to the key of a device', async () => {
      assert.equal((await flow.pass<Device>('keyed')).payload.id, 2);
      assert.equal(await flow.fail('schedule'), 'INPUT_INVALID');
    });

    it('to a target that each message, the context or the environment names', async () => {
      process.env['AURION_TEST_DEVICE'] = 'clim';
      const { flow: ofFlow, global } = flow.node('flow').context();
      for (const context of [ofFlow, global]) context.set('device', 2);
      for (const at of ['msg', 'flow', 'global', 'env', 'jsonata']) {
        const { payload } = await flow.pass<Device>(at, { device: { at: 'clim' } });
        assert.equal(payload.id, 2, at);
      }
      delete process.env['AURION_TEST_DEVICE'];
    });

    it('S1: a target that a message brings is data like any other', async () => {
      const wrong = [undefined, { $ne: 1 }, [2], '../2', '__proto__', 'toString', -1, 'nobody'];
      for (const at of wrong) {
        const code = String(await flow.fail('msg', { device: { at } }));
        assert.match(code, /^INPUT_(INVALID|KEY_FORBIDDEN)$/, JSON.stringify(at));
      }
      assert.equal(await flow.fail('msg', {}), 'INPUT_INVALID');
    });

    it('without its target what takes none', async () => {
      assert.equal((await flow.pass<Device[]>('list')).payload.length, 3);
      const filtered = await flow.pass<Device[]>('list', { payload: { room: 'Salon' } });
      assert.deepEqual(ids(filtered.payload), [1, 3]);
    });

    it('S1: nothing with an array, an unknown field or a forbidden name', async () => {
      const wrong: [unknown, string][] = [
        [[], 'INPUT_INVALID'],
        [[{ id: 2 }], 'INPUT_INVALID'],
        [Buffer.from('2'), 'INPUT_INVALID'],
        [{ id: null }, 'INPUT_INVALID'],
        [{ id: 2, force: true }, 'INPUT_INVALID'],
        [{ id: { $ne: 1 } }, 'INPUT_KEY_FORBIDDEN'],
        [JSON.parse('{"__proto__": {"id": 2}}'), 'INPUT_KEY_FORBIDDEN'],
      ];
      for (const [payload, code] of wrong) {
        assert.equal(await flow.fail('get', { payload }), code);
      }
    });

    it('and keeps what else the message carries', async () => {
      const { topic } = await flow.pass('list', { topic: 'salon' });
      assert.equal(topic, 'salon');
    });
  });

  it('S12: a message of a request that is over acts as nobody, whatever a function made of it', async () => {
    const { message, answer } = await flow.ask('GET', '/api/devices');
    flow.homes.exchangeOf(message)?.succeed([]);
    await answer;
    const { _msgid } = message;
    const fresh = { _msgid, operation: DELETE, payload: { id: 1 } };
    assert.equal(await flow.fail('admin', fresh), 'TOKEN_MISSING');
  });

  it('listens: sends each status of its device, known by its key, and of no other', async () => {
    const heard = flow.nextAt('refused');
    await flow.pass('user', { operation: 'devices.toggle', payload: { id: 3 } });
    await flow.pass('user', { operation: 'devices.toggle', payload: { id: 2 } });
    const { payload, topic, event } = await heard;
    const { id, status, name } = payload as Device;
    assert.deepEqual([id, topic, event], [2, 'clim', 'device.status']);
    await flow.untilShown('ears', `${name}: aurion-home.status.${status ? 'on' : 'off'}`);
    // As it was, for the tests after this one.
    await flow.pass('user', { operation: 'devices.toggle', payload: { id: 2 } });
    await flow.pass('user', { operation: 'devices.toggle', payload: { id: 3 } });
  });

  it('M8: listens to commands: a flow stands for a device, and what it reports confirms', async () => {
    await flow.pass('user', { operation: 'devices.report', payload: { id: 1, status: false } });
    const { payload } = await flow.pass<Device>('user', {
      operation: 'devices.toggle',
      payload: { id: 1 },
    });
    assert.deepEqual([payload.status, payload.assumed], [true, false]);
    assert.deepEqual(flow.status('bridge').text, 'Lumière Salon: aurion-home.status.on');
    // Its word counts for the device that it names, and no other.
    assert.equal((await flow.pass<Device>('get')).payload.assumed, true);
  });

  it('M16: takes what MQTT takes: objects, JSON text, bytes; what makes no sense is left out', async () => {
    const said: [unknown, boolean, number | null][] = [
      [{ status: 'OFF', update: { state: 'idle' } }, false, 150],
      ['{"status":"ON","power":"57.5","id":"0x00158d0001"}', true, 57.5],
      [Buffer.from('{"status":"Off","power":null,"battery":255}'), false, 57.5],
      [new TextEncoder().encode('{"status":1}'), true, 57.5],
    ];
    for (const [payload, status, power] of said) {
      const { payload: device } = await flow.pass<Device>('reports', { payload });
      assert.deepEqual([device.id, device.status, device.power], [3, status, power]);
    }
    for (const payload of ['on', Buffer.from([0xff]), '{"status":"maybe"}', '[true]']) {
      assert.equal(await flow.fail('reports', { payload }), 'READING_REFUSED');
    }
  });

  it('works though a newer version made it, and says so', async () => {
    await flow.pass('newer');
    assert.deepEqual(flow.complaints('newer'), ['aurion-home.row.newer']);
    assert.deepEqual(flow.complaints('list'), []);
  });

  describe('S12: a message that no request started', () => {
    async function create(as: string): Promise<number> {
      return (await flow.pass<Device>(as, { operation: CREATE, payload: FAN })).payload.id;
    }

    it('acts as guest: reads, and changes nothing', async () => {
      assert.equal((await flow.pass<Device[]>('guest', { operation: LIST })).payload.length, 3);
      const denied = await flow.fail('guest', { operation: CREATE, payload: FAN });
      assert.equal(denied, 'ACCESS_DENIED');
    });

    const users = {
      user: 'as its dialog says',
      any: 'by default',
    };
    for (const [as, when] of Object.entries(users)) {
      it(`acts as user ${when}: changes, and deletes nothing`, async () => {
        const id = await create(as);
        const denied = await flow.fail(as, { operation: DELETE, payload: { id } });
        assert.equal(denied, 'ACCESS_DENIED');
        await flow.pass('admin', { operation: DELETE, payload: { id } });
      });
    }

    it('acts as guest where its dialog names no role there is', async () => {
      assert.equal(
        await flow.fail('owner', { operation: 'devices.toggle', payload: { id: 1 } }),
        'ACCESS_DENIED',
      );
    });

    it('S12: is in the audit as done by its node', async () => {
      await create('user');
      const actor = { kind: 'flow', nodeId: 'n', role: 'admin' } as const;
      const call = { actor, requestId: 'r', origin: INSIDE };
      const entries = await flow.residence().home.run('audit.list', {}, call);
      const [{ actor: who, action } = {} as AuditEntry] = entries as AuditEntry[];
      assert.deepEqual([who, action], ['flow:user', CREATE]);
    });

    it('acts as admin', async () => {
      const id = await create('admin');
      const { payload } = await flow.pass('admin', { operation: DELETE, payload: { id } });
      assert.equal(payload, null);
      assert.equal(
        await flow.fail('admin', { operation: GET, payload: { id } }),
        'DEVICE_NOT_FOUND',
      );
    });

    it('gets no role by naming one', async () => {
      const forged = { role: 'admin', actor: { kind: 'account', accountId: 1, role: 'admin' } };
      const message = { ...forged, user: forged.actor, operation: DELETE, payload: { id: 1 } };
      assert.equal(await flow.fail('user', message), 'ACCESS_DENIED');
      const inside = { operation: DELETE, payload: { id: 1, ...forged } };
      assert.equal(await flow.fail('user', inside), 'ACCESS_DENIED');
    });

    it('may do nothing with a request nobody knows', async () => {
      for (const req of [{}, { headers: {} }, null, 0, 'req', flow.residence()]) {
        const code = await flow.fail('admin', { operation: LIST, req });
        assert.equal(code, 'TOKEN_MISSING');
      }
    });
  });

  describe('shows', () => {
    it('nothing before it did something, the last error in words, and what it did after a success', async () => {
      assert.deepEqual(flow.statuses.get('status'), [{}]);
      await flow.fail('status', { operation: GET, payload: { id: 99 } });
      await flow.untilShown('status', 'Appareil non trouvé');
      await flow.fail('status', { operation: 'devices.dance' });
      const { fill, shape } = await flow.untilShown('status', 'Opération inconnue : devices.dance');
      assert.deepEqual([fill, shape], ['red', 'ring']);
      await flow.fail('status', { operation: GET, payload: { id: 'x' } });
      await flow.untilShown('status', /^Requête invalide : id – /);
      await flow.pass('status', { operation: LIST });
      const done = await flow.untilShown('status', /^devices\.list: \d$/);
      assert.deepEqual([done.fill, done.shape], ['green', 'dot']);
    });

    it('the device it did something to, and how that is', async () => {
      const { payload } = await flow.pass<Device>('status', {
        operation: 'devices.command',
        payload: { id: 1, status: true },
      });
      assert.equal(payload.status, true);
      await flow.untilShown('status', `${payload.name}: aurion-home.status.on`);
      await flow.pass('status', { operation: 'devices.toggle', payload: { id: 1 } });
      const { fill } = await flow.untilShown('status', `${payload.name}: aurion-home.status.off`);
      assert.equal(fill, 'grey');
    });

    it('F8: at most a few statuses a second, and the last one in the end', async () => {
      const before = flow.statuses.get('user')?.length ?? 0;
      const beganMs = performance.now();
      for (let i = 0; i < 200; i++) {
        const operation = i % 2 === 0 ? LIST : 'away.get';
        await flow.pass('user', { operation });
      }
      await flow.pass('user', { operation: 'devices.status', payload: { id: 2 } });
      await flow.untilShown('user', 'devices.status: aurion-home.status.off');
      const shown = (flow.statuses.get('user')?.length ?? 0) - before;
      const elapsedMs = performance.now() - beganMs;
      assert.ok(shown <= 2 + elapsedMs / 250, `${shown} in ${elapsedMs} ms`);
    });

    it('red where it has no home, and refuses messages', async () => {
      for (const id of ['homeless', 'astray']) {
        const { fill, text } = flow.status(id);
        assert.equal(fill, 'red');
        assert.match(text ?? '', /no-home/);
        assert.equal(await flow.fail(id, { operation: LIST }), 'SERVICE_UNAVAILABLE');
      }
    });
  });

  describe('F10: a failure', () => {
    it('reaches a Catch node with its code, its source and the message as it was', async () => {
      const { at, message } = await flow.send('get', { payload: { id: 99 }, topic: 'salon' });
      assert.equal(at, 'caught');
      const { error, payload, topic } = message;
      assert.deepEqual([payload, topic], [{ id: 99 }, 'salon']);
      const { code, message: text, source } = error as Record<string, unknown>;
      assert.deepEqual([code, text], ['DEVICE_NOT_FOUND', 'AurionError: Device not found']);
      assert.equal((source as { id: string }).id, 'get');
    });

    it('is no line in the log if it was caught and is the caller’s doing', async () => {
      const lines = flow.log.length;
      await flow.fail('get', { payload: { id: 99 } });
      const said = flow.log.slice(lines).filter(({ level }) => level <= flow.RED.log.INFO);
      assert.deepEqual(said, []);
    });

    it('of one message is not another’s', async () => {
      const [missing, found, wrong] = await Promise.all([
        flow.fail('any', { operation: GET, payload: { id: 99 } }),
        flow.pass<Device>('any', { operation: GET, payload: { id: 1 } }),
        flow.fail('any', { operation: GET, payload: [] }),
      ]);
      assert.deepEqual(
        [missing, found.payload.id, wrong],
        ['DEVICE_NOT_FOUND', 1, 'INPUT_INVALID'],
      );
    });

    it('is not taken for a later one that Node-RED itself reports', async () => {
      await flow.fail('get', { payload: { id: 99 } });
      const arrival = flow.nextAt('caught');
      flow.node('get').error('a hook failed', {});
      const { error } = await arrival;
      assert.deepEqual([error?.code, error?.message], [undefined, 'a hook failed']);
    });
  });

  describe('F10: a poison message', () => {
    it('that contains itself, or is too deep, is refused', async () => {
      const self: Record<string, unknown> = {};
      self['self'] = self;
      assert.equal(await flow.fail('get', { payload: self }), 'INPUT_TOO_DEEP');
      const deep: unknown = JSON.parse('{"a":'.repeat(40) + '1' + '}'.repeat(40));
      assert.equal(await flow.fail('get', { payload: deep }), 'INPUT_TOO_DEEP');
    });

    it('that can’t be read, and so not be copied either, still reaches the Catch node', async () => {
      const payload = {
        get id(): never {
          throw new Error('poison');
        },
      };
      assert.equal(await flow.fail('get', { payload }), 'INTERNAL_ERROR');
      assert.equal((await flow.pass<Device>('get')).payload.id, 2);
    });

    it('that can’t be changed fails with INTERNAL_ERROR, and the log says why', async () => {
      const frozen = Object.freeze({ _msgid: 'frozen' });
      assert.equal(await flow.fail('get', frozen), 'INTERNAL_ERROR');
      assert.match(String(flow.log.findLast(({ id }) => id === 'get')?.msg), /TypeError/);
    });
  });
});
