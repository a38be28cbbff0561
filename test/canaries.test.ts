import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import mqtt from 'mqtt';
import { WebSocket } from 'ws';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';
import { Page } from './support/page';

const env = {
  AURION_EDITOR_PASSWORD: 'canari-editeur-8f3a',
  AURION_SETUP_CODE: 'canari-installation-71c2',
  AURION_JWT_SECRET: 'Canari0Jeton9f4b2c7d1e8a6f3b5c0d-secret',
  AURION_MQTT_PASSWORD: 'canari-courtier-5d90',
  AURION_SMTP_URL: 'smtp://aurion:canari-facteur-e417@127.0.0.1:1',
};
const PASSWORDS = ['le canari chante à midi', 'le canari chante le soir', 'le canari se trompe'];
const [FIRST, SECOND, WRONG] = PASSWORDS as [string, string, string];

/** Tells the debug panel and a context of all it sees. */
const SPY = `
  const n = (flow.get('n') || 0) + 1;
  flow.set('n', n);
  // The editor cuts off long texts.
  flow.set('seen-' + n, [msg.operation, msg.payload, msg.req && JSON.stringify(msg.req.headers), msg.error]);
  global.set('last-' + n % 5, RED.util.cloneMessage(msg));
  context.set('msg', JSON.stringify(msg) + String(msg.error && msg.error.message));
  node.warn(msg);
  return msg;`;

/** The full-backend flow with a spy and a debug node on every wire of every tab. */
function bugged(): FlowNode[] {
  const nodes = fullBackend();
  const bugs = nodes.flatMap((node): FlowNode[] => {
    if (!node.type.startsWith('aurion-') && node.type !== 'catch') return [];
    const wires = (node['wires'] ?? []) as string[][];
    return wires.flatMap((wire, output): FlowNode[] => {
      const [z, id] = [node['z'], `${node.id}-${output}`];
      const next = [...wire];
      wires[output] = [`${id}-spy`, `${id}-debug`];
      const debug = { active: true, tosidebar: true, console: true, complete: 'true' };
      return [
        { id: `${id}-spy`, type: 'function', z, func: SPY, outputs: 1, wires: [next] },
        { id: `${id}-debug`, type: 'debug', z, ...debug, targetType: 'full', wires: [] },
      ];
    });
  });
  return [...nodes, ...bugs];
}

describe('S21: canaries in every secret', () => {
  let aurion: AurionProcess;
  /** What of all that could be seen, by where. */
  const seen = new Map<string, string>();
  const canaries = new Map<string, string>();
  before(async () => {
    for (const [name, value] of Object.entries(env)) {
      const secret = /canari-facteur-[0-9a-f]+/.exec(value)?.[0] ?? value;
      canaries.set(name, secret);
    }
    for (const password of PASSWORDS) canaries.set(password, password);
    aurion = await AurionProcess.start({ env: { ...env, AURION_LOG_LEVEL: 'debug' } });
    const debugPanel = await watchDebugPanel();
    await aurion.deploy(bugged());
    await live();
    seen.set('the debug panel', debugPanel().join('\n'));
    for (const path of [
      ...['/flows', '/settings', '/nodes', '/aurion/operations', '/context/global'],
      ...fullBackend().flatMap(({ id, type }) => (type === 'tab' ? [`/context/flow/${id}`] : [])),
      ...bugged().flatMap(({ id, type }) => (type === 'function' ? [`/context/node/${id}`] : [])),
    ]) {
      seen.set(`/admin${path}`, await (await aurion.admin('GET', path)).text());
    }
    for (const path of ['/metrics', '/openapi.json', '/health/ready']) {
      seen.set(path, JSON.stringify((await aurion.request('GET', path)).body));
    }
    await aurion.stop();
    seen.set('the log', aurion.log);
    for (const path of filesIn(aurion.userDir)) seen.set(path, readFileSync(path, 'utf8'));
  });
  after(() => aurion.remove());

  async function watchDebugPanel(): Promise<() => string[]> {
    const frames: string[] = [];
    const answer = await fetch(`http://127.0.0.1:${aurion.port}/admin/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ client_id: 'node-red-editor', grant_type: 'password', scope: '*' },
        ...{ username: 'admin', password: env.AURION_EDITOR_PASSWORD },
      }),
    });
    const { access_token: auth } = (await answer.json()) as { access_token: string };
    const socket = new WebSocket(`ws://127.0.0.1:${aurion.port}/admin/comms`);
    socket.on('message', (data: Buffer) => frames.push(data.toString()));
    socket.on('error', () => undefined);
    await once(socket, 'open');
    socket.send(JSON.stringify({ auth }));
    await once(socket, 'message');
    socket.send(JSON.stringify({ subscribe: 'debug' }));
    aurion.onRemove.push(() => {
      socket.terminate();
      return Promise.resolve();
    });
    return () => frames;
  }

  /** Everything people, pages and plugs do with secrets. */
  async function live(): Promise<void> {
    const call = async (method: string, path: string, body?: object, token?: string) =>
      (await aurion.request<Record<string, string>>(method, path, { token, body })).body;
    const email = 'canari@maison.tg';
    const sign = async (path: string, more: object) => {
      const { token = '' } = await call('POST', path, { email, ...more });
      assert.notEqual(token, '');
      canaries.set(`token of ${path} ${canaries.size}`, token);
      return token;
    };
    const first = await sign('/auth/register', { name: 'Canari', password: FIRST });
    await call('POST', '/auth/login', { email, password: WRONG });
    await call('POST', '/auth/register', { name: 'Canari', email, password: WRONG });
    const change = { currentPassword: FIRST, newPassword: SECOND };
    await call('POST', '/auth/change-password', change, first);
    const second = await sign('/auth/login', { password: SECOND });
    await call('POST', '/auth/reset-password', { email });
    const resetToken = `canari-de-retour-${'x'.repeat(26)}`;
    canaries.set('a reset token', resetToken);
    await call('POST', '/auth/reset-password/confirm', { resetToken, newPassword: WRONG });
    await call('POST', '/auth/users', { name: 'K', email: 'k@k.tg', password: WRONG }, second);
    await call('PUT', '/auth/users/2', { password: WRONG, name: 7 }, second);
    const plug = await call('POST', '/devices/1/credentials', undefined, second);
    canaries.set('the password of a plug', plug['password']!);
    const url = `mqtt://127.0.0.1:${aurion.mqttPort}`;
    for (const account of [
      { username: plug['username']!, password: plug['password']! },
      { username: email, password: second },
      { username: plug['username']!, password: second },
    ]) {
      const client = mqtt.connect(url, { ...account, reconnectPeriod: 0 });
      client.on('error', () => undefined);
      await new Promise<void>((resolve) => {
        client.once('connect', () => resolve());
        client.once('close', () => resolve());
      });
      await client.endAsync(true);
    }
    const page = await Page.open(aurion, second);
    page.say({ type: 'ask', id: 1, what: 'hello' });
    await call('POST', '/devices/2/toggle', undefined, second);
    await page.until(({ event }) => event === 'device.status');
    page.leave();
    // Last, so that all before has been seen.
    await call('POST', '/auth/logout', undefined, first);
    await aurion.untilLine(/"operation":"auth\.logout"|auth\.logout/);
    assert.equal((await aurion.request('GET', '/auth/me', { token: second })).status, 200);
  }

  it('were carried past every spy', () => {
    const of = (where: string) => seen.get(where) ?? '';
    assert.match(of('the debug panel'), /•••/);
    assert.match(of('/admin/context/flow/aurion-accounts'), /auth\.change-password/);
    assert.match(of('/admin/context/flow/aurion-devices'), /devices\.credentials/);
    assert.match(of('/admin/context/global'), /canari@maison/);
    assert.ok(canaries.size >= 11, [...canaries.keys()].join());
    assert.ok([...seen.keys()].filter((where) => where.startsWith(aurion.userDir)).length > 10);
  });

  it('are seen nowhere: flows, exports, contexts, debug panel, log, metrics, files', () => {
    const found: string[] = [];
    for (const [where, text] of seen) {
      // Which is where the owner finds what was given or made.
      if (where.endsWith('ways-in.json')) continue;
      for (const [name, canary] of canaries) {
        const forms = [canary, encodeURIComponent(canary), JSON.stringify(canary).slice(1, -1)];
        forms.push(Buffer.from(canary).toString('base64').replace(/=+$/, '').slice(0, -2));
        if (forms.some((form) => text.includes(form))) found.push(`${name} in ${where}`);
      }
    }
    assert.deepEqual(found, []);
  });
});

describe('S21: a canary in an address', () => {
  it('of AURION_STORE_URL is in no log, answer, flow or file', async () => {
    const address = 'postgres://aurion:canari-adresse-3e@127.0.0.1:1/maison';
    const aurion = await AurionProcess.start({
      env: { AURION_STORE_URL: address, AURION_LOG_LEVEL: 'debug' },
    });
    try {
      await aurion.untilLine(/does not work/);
      const flows = await (await aurion.admin('GET', '/flows')).text();
      const ready = JSON.stringify((await aurion.request('GET', '/health/ready')).body);
      await aurion.stop();
      assertNowhere(aurion, flows, ready);
    } finally {
      await aurion.remove();
    }
  });

  it('of AURION_MQTT_URL, which is refused, is in no log or file', async () => {
    const address = 'mqtt://aurion:canari-adresse-3e@127.0.0.1:1';
    const aurion = await AurionProcess.prepare({
      env: { AURION_MQTT_URL: address, AURION_LOG_LEVEL: 'debug' },
    });
    try {
      assert.equal(await aurion.launchInVain(), 1);
      assert.match(aurion.log, /AURION_MQTT_URL/);
      assertNowhere(aurion);
    } finally {
      await aurion.remove();
    }
  });
});

function assertNowhere(aurion: AurionProcess, ...texts: string[]): void {
  const files = filesIn(aurion.userDir).map((path) => readFileSync(path, 'utf8'));
  assert.doesNotMatch([aurion.log, ...texts, ...files].join('\n'), /canari/);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) return [];
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}
