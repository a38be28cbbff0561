import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, describe, it } from 'mocha';
import type { AuditEntry } from '../../src/contract/audit';
import type { HomeSettings } from '../../src/contract/home-settings';
import { OPERATIONS } from '../../src/operations/registry';
import { INSIDE } from '../../src/contract/operation';
import type { WaysIn } from '../../src/home';
import type { FlowNode } from '../../test/support/aurion-process';
import { catching, HOME, node, ownSettings, TestFlow } from '../../test/support/flow-helper';

const WEAK = 'weak-node';
const setupCode = 'sesame-ouvre-toi-vite';
const CLASHES = {
  'the key': [{}, /home key "home".*another/],
  'the base path': [{ ...ownSettings('path'), basePath: '/api' }, /base path.*"home"/],
  'the topic prefix': [{ ...ownSettings('topic'), topicPrefix: 'aurion' }, /topic prefix.*"home"/],
} as const;
const MISTAKES: Record<keyof HomeSettings, string> = {
  key: 'Mon Toit',
  basePath: 'api',
  topicPrefix: 'aurion/#',
  language: 'de',
  registration: 'maybe',
  tokenTtl: 'forever',
  mqttHost: 'a'.repeat(256),
  mqttPort: '65536',
  mqttWsPort: '-1',
  mqttUrl: 'http://broker',
  wsPath: '/',
  corsOrigins: '*',
  trustProxy: 'perhaps',
  docs: 'perhaps',
  publicUrl: 'maison',
  demo: 'please',
  mailFrom: 'Aurion',
  timeZone: '+01:00',
  place: 'Lomé',
  currency: 'CFA',
  weatherUrl: 'weather',
  allowedHosts: 'a host',
  rateLimit: 'sometimes',
};

interface EndPoint {
  readonly method: string;
  readonly path: string;
}

/** What Aurion's nodes added to the editor's server, so that a new one is tried at once. */
function ownEndPoints(flow: TestFlow): EndPoint[] {
  interface Layer {
    readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  }
  const { stack } = (flow.RED.httpAdmin as unknown as { _router: { stack: Layer[] } })._router;
  return stack.flatMap(({ route }) => {
    if (!route?.path.startsWith('/aurion')) return [];
    const path = route.path.replace(/:\w+/g, 'home');
    return Object.keys(route.methods).map((method) => ({ method: method.toUpperCase(), path }));
  });
}

/**
 * What the right to read flows is enough for, written out by hand (QUALITY S26): nothing of it changes
 * anything, and none of it is for administrators alone. A new end point that is not here needs `flows.write`.
 */
const LOOKING: ReadonlySet<string> = new Set([
  'GET /aurion/homes',
  'GET /aurion/operations',
  ...[
    ...['auth.me', 'settings.get', 'away.get', 'weather.get', 'notifications.get'],
    ...['devices.list', 'devices.get', 'devices.status', 'devices.discovered'],
    ...['schedules.list', 'schedules.runs'],
    ...['sensors.list', 'sensors.get', 'sensors.history', 'sensors.discovered'],
    ...['alerts.list', 'security.stats'],
    ...['energy.consumption', 'energy.history', 'energy.stats', 'energy.forecast'],
    ...['energy.devices', 'energy.tariff', 'energy.export'],
  ].map((id) => `POST /aurion/homes/home/operations/${id}`),
]);

describe('aurion-home', () => {
  let flow: TestFlow;
  // Not waited for, so that a failure here doesn't keep mocha from ending.
  const taken = createServer().unref();

  function home(key: string, more: object = {}): FlowNode {
    return { ...HOME, ...ownSettings(key), ...more, id: `${key}-node` };
  }

  before(async () => {
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const mqttPort = String((taken.address() as AddressInfo).port);
    const clashes = Object.entries(CLASHES).map(([name, [more]]) => ({
      ...HOME,
      ...more,
      id: name,
    }));
    const mistakes = Object.entries(MISTAKES).map(([name, value]) => ({
      ...HOME,
      id: name,
      [name]: value,
    }));
    flow = await TestFlow.load(
      [
        { ...HOME, language: '${AURION_NOT_SET}', tokenTtl: '' },
        home('busy', { mqttPort }),
        home('weak'),
        ...clashes,
        ...mistakes,
        ...Object.keys(CLASHES).map((name) => node('aurion-device', `in ${name}`, { home: name })),
        node('aurion-device', 'in weak', { home: WEAK, operation: 'devices.list' }),
        node('aurion-device', 'in busy', { home: 'busy-node', operation: 'devices.list' }),
        catching(),
      ],
      {
        credentials: {
          [HOME.id]: { mqttUsername: '${AURION_NOT_SET}', mqttPassword: 'of the dialog' },
          [WEAK]: { jwtSecret: 'secret' },
        },
        settings: {
          aurion: {
            home: { mqttUsername: 'of-the-settings', mqttPassword: 'of the settings', setupCode },
          },
        },
      },
    );
  });
  after(async () => {
    await flow.unload();
    taken.close();
  });

  describe('shows', () => {
    it('green when its home runs, with defaults for what is empty or not set', () => {
      assert.deepEqual(flow.status(HOME.id), { fill: 'green', shape: 'dot', text: 'ok' });
      assert.deepEqual(flow.complaints(HOME.id), []);
      const { key, language } = flow.residence().home.settings;
      assert.deepEqual([key, language], ['home', 'fr']);
    });

    it('F1: yellow with the reason when something is missing, and its nodes work', async () => {
      const { fill, shape, text } = flow.status('busy-node');
      assert.deepEqual([fill, shape], ['yellow', 'dot']);
      assert.match(text ?? '', /^The broker does not work.*EADDRINUSE/);
      assert.equal((await flow.pass<unknown[]>('in busy')).payload.length, 3);
      const shown = flow.status('in busy');
      assert.deepEqual([shown.fill, shown.shape], ['yellow', 'ring']);
      assert.match(shown.text ?? '', /^The broker does not work.*…$/);
    });

    it('S5: red with the reason when its home can’t run, and its nodes refuse', async () => {
      const { fill, text } = flow.status(WEAK);
      assert.equal(fill, 'red');
      assert.match(text ?? '', /^The home does not start: .*jwtSecret.*too weak/);
      assert.equal(await flow.fail('in weak'), 'SERVICE_UNAVAILABLE');
      const shown = flow.status('in weak');
      assert.deepEqual([shown.fill, shown.shape], ['red', 'ring']);
      assert.match(shown.text ?? '', /^The home does not start.*…$/);
    });
  });

  function assertRefused(id: string, reason: RegExp): void {
    const { fill, text } = flow.status(id);
    assert.equal(fill, 'red');
    assert.match(text ?? '', reason);
    assert.deepEqual(flow.complaints(id), [text]);
  }

  for (const [name, [, reason]] of Object.entries(CLASHES)) {
    it(`refuses a second home with ${name} of the first, which goes on`, async () => {
      assertRefused(name, reason);
      assert.match(flow.status(`in ${name}`).text ?? '', /no-home/);
      assert.equal(await flow.fail(`in ${name}`), 'SERVICE_UNAVAILABLE');
      assert.equal(flow.residence().nodeId, HOME.id);
      assert.equal(flow.residence().home.status, 'ok');
    });
  }

  for (const name of Object.keys(MISTAKES)) {
    it(`names ${name} when it makes no sense`, () => {
      assertRefused(name, new RegExp(`"${name}"`));
    });
  }

  describe('its end points for the editor', () => {
    it('list the operations', async () => {
      const { body } = await flow.admin<{ id: string }[]>('/aurion/operations');
      assert.deepEqual(
        body.map(({ id }) => id),
        OPERATIONS.map(({ id }) => id),
      );
    });

    it('give the ways in: the dialog’s before those of the settings file, before made ones', async () => {
      const { body } = await flow.admin<WaysIn>('/aurion/homes/home/ways-in');
      const { mqttUsername, mqttPassword } = body;
      assert.deepEqual([mqttUsername, mqttPassword], ['of-the-settings', 'of the dialog']);
      assert.equal(body.setupCode, setupCode);
      await flow.register('ama');
      const founded = await flow.admin<WaysIn>('/aurion/homes/home/ways-in');
      assert.equal(founded.body.setupCode, null);
    });

    it('give nothing for a home that there is not, or that does not run', async () => {
      for (const key of ['nowhere', 'weak', 'path', '__proto__', '..%2Fhome']) {
        assert.equal((await flow.admin(`/aurion/homes/${key}/ways-in`)).status, 404);
      }
    });

    it('showing the ways in is in the audit as done by who uses the editor', async () => {
      await flow.admin('/aurion/homes/home/ways-in');
      const actor = { kind: 'flow', nodeId: 'n', role: 'admin' } as const;
      const call = { actor, requestId: 'r', origin: INSIDE };
      const entries = (await flow.residence().home.run('audit.list', {}, call)) as AuditEntry[];
      const { actor: who, action, target } = entries[0]!;
      assert.deepEqual([who, action, target], ['editor:tester', 'home.ways-in', null]);
    });

    it('S26: every one of them needs a session; what is not only read, or shows a secret, needs flows.write', async () => {
      const looking = new Set(LOOKING);
      const endPoints = ownEndPoints(flow);
      assert.ok(endPoints.some(({ path }) => path === '/aurion/homes/home/ways-in'));
      for (const { method, path } of endPoints) {
        const as = async (...permissions: string[]) => {
          flow.permissions.clear();
          for (const permission of permissions) flow.permissions.add(permission);
          return flow.admin(path, method);
        };
        assert.equal((await as()).status, 403, `${method} ${path} without a right`);
        const reading = await as('flows.read');
        const isLooking = looking.delete(`${method} ${path}`);
        assert.equal(reading.status !== 403, isLooking, `${method} ${path} by reading`);
        const shown = JSON.stringify(reading.body);
        for (const secret of ['of the dialog', 'of-the-settings', setupCode]) {
          assert.ok(!shown.includes(secret), `${method} ${path} shows a secret`);
        }
        const writing = await as('flows.read', 'flows.write');
        assert.notEqual(writing.status, 403, `${method} ${path} by writing`);
      }
      assert.deepEqual([...looking], [], 'there is no such end point');
    });
  });
});
