import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { connect } from 'mqtt';
import { after, before, describe, it } from 'mocha';
import type { Device } from '../src/contract/device';
import { AurionProcess, temporaryFolder } from './support/aurion-process';
import { Lamp } from './support/lamp';

describe('the default start', () => {
  let aurion: AurionProcess;
  let admin: string;
  before(async () => {
    const userDir = temporaryFolder();
    // As a folder that was there before may stand.
    chmodSync(userDir, 0o755);
    aurion = await AurionProcess.start({ userDir });
  });
  after(() => aurion.remove());

  const devices = async (token = admin) =>
    (await aurion.request<Device[]>('GET', '/devices', { token })).body;

  it('is live, ready, and documented', async () => {
    assert.deepEqual((await aurion.request('GET', '/health/live')).body, { status: 'ok' });
    const ready = await aurion.request<{ status: string }>('GET', '/health/ready');
    assert.equal(ready.body.status, 'ok');
    const { body } = await aurion.request<{ openapi: string }>('GET', '/openapi.json');
    assert.match(body.openapi, /^3\.1/);
  });

  it('S25: listens on loopback, its editor asks for a password, and says nothing secret in the log', async () => {
    const editor = await fetch(`http://127.0.0.1:${aurion.port}/admin/flows`);
    assert.equal(editor.status, 401);
    assert.equal((await aurion.admin('GET', '/flows')).status, 200);
    for (const secret of Object.values(aurion.waysIn) as string[]) {
      assert.ok(secret === 'installer' || !aurion.log.includes(secret));
    }
    assert.match(aurion.log, new RegExp(`kept in ${join(aurion.userDir, 'ways-in.json')}`));
  });

  it('S25: nothing of it can be reached from another machine', async () => {
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.internal === false && address.family === 'IPv4')?.address;
    // Without a network, all there is of "elsewhere" is what the sockets are bound to.
    const from = outside ?? '127.1.2.3';
    for (const port of [aurion.port, aurion.mqttPort]) {
      const socket = createConnection({ port, host: from });
      const [error] = (await once(socket, 'error')) as [Error & { code: string }];
      assert.equal(error.code, 'ECONNREFUSED', `${from}:${port}`);
    }
  });

  it('S25, S26: every end point of the editor, Aurion’s and Node-RED’s, needs a session', async () => {
    const paths = ['/flows', '/settings', '/nodes', '/context/global', '/aurion/operations'];
    paths.push('/aurion/homes/home/ways-in');
    for (const path of paths) {
      for (const headers of [{}, { authorization: 'Bearer forged' }] as Record<string, string>[]) {
        const url = `http://127.0.0.1:${aurion.port}/admin${path}`;
        assert.equal((await fetch(url, { headers })).status, 401, path);
      }
    }
    // A token of the API is none of the editor's.
    const url = `http://127.0.0.1:${aurion.port}/admin/flows?access_token=${'a'.repeat(40)}`;
    assert.equal((await fetch(url)).status, 401);
  });

  it('S26: the ways in need a session of the editor', async () => {
    const path = '/aurion/homes/home/ways-in';
    const stranger = await fetch(`http://127.0.0.1:${aurion.port}/admin${path}`);
    assert.equal(stranger.status, 401);
    const waysIn = (await (await aurion.admin('GET', path)).json()) as Record<string, unknown>;
    assert.equal(waysIn['setupCode'], aurion.waysIn.setupCode);
    assert.equal(waysIn['mqttPassword'], aurion.waysIn.mqttPassword);
  });

  it('makes the first to register the administrator, and the next a guest', async () => {
    admin = await aurion.register('ama');
    const me = await aurion.request<{ role: string }>('GET', '/auth/me', { token: admin });
    assert.equal(me.body.role, 'admin');
    const guest = await aurion.register('kofi');
    const toggle = await aurion.request('POST', '/devices/1/toggle', { token: guest });
    assert.deepEqual([toggle.status, toggle.body.message], [403, 'Accès refusé']);
  });

  it('has the demo home', async () => {
    assert.deepEqual(
      (await devices()).map(({ id, name, type, room, status, power }) => [
        id,
        name,
        type,
        room,
        status,
        power,
      ]),
      [
        [1, 'Lumière Salon', 'light', 'Salon', true, 60],
        [2, 'Climatiseur Chambre', 'climate', 'Chambre', false, 1200],
        [3, 'TV Salon', 'entertainment', 'Salon', true, 150],
      ],
    );
  });

  it('M8: a tap becomes a command at the lamp, and the lamp’s answer is what the API shows', async () => {
    const lamp = await Lamp.plugIn(aurion, 1, ({ status, commandId }) => ({
      status,
      commandId,
      power: status ? 57.5 : 0,
    }));
    await lamp.report({ status: true, power: 57.5 });
    const off = await aurion.request<Device>('POST', '/devices/1/toggle', { token: admin });
    assert.deepEqual([off.status, off.body.status, off.body.power], [200, false, 0]);
    assert.equal(off.body.assumed, false);
    assert.equal(lamp.commands.length, 1);
    assert.equal((await devices())[0]?.status, false);
    await lamp.unplug();
  });

  it('M8: a silent lamp is 504, a contrary one 502, one that is offline 503', async () => {
    const silent = await Lamp.plugIn(aurion, 1, () => null);
    const toggle = () => aurion.request('POST', '/devices/1/toggle', { token: admin });
    const timeout = await toggle();
    assert.deepEqual([timeout.status, timeout.body.code], [504, 'DEVICE_TIMEOUT']);
    await silent.unplug();
    const contrary = await Lamp.plugIn(aurion, 1, ({ status, commandId }) => ({
      status: !status,
      commandId,
    }));
    const refused = await toggle();
    assert.deepEqual([refused.status, refused.body.code], [502, 'DEVICE_REFUSED']);
    await contrary.say('offline');
    const offline = await toggle();
    assert.deepEqual([offline.status, offline.body.code], [503, 'DEVICE_OFFLINE']);
    await contrary.say('online');
    await contrary.unplug();
  });

  it('S16: the broker takes no anonymous client and no wrong password', async () => {
    const wrong = { username: 'installer', password: 'wrong' };
    for (const account of [{}, wrong]) {
      const client = connect(`mqtt://127.0.0.1:${aurion.mqttPort}`, account);
      const [error] = (await once(client as never, 'error')) as [Error];
      assert.match(error.message, /Not authorized|Bad username/i);
      await client.endAsync(true);
    }
  });

  it('S22: its files are for its owner only', () => {
    const mode = (...path: string[]) => statSync(join(aurion.userDir, ...path)).mode & 0o777;
    assert.equal(mode('ways-in.json'), 0o600);
    assert.equal(mode('flows.json'), 0o600);
    assert.equal(mode('aurion', 'home', 'store'), 0o700);
    assert.equal(mode('aurion', 'home', 'store', 'accounts.db'), 0o600);
  });

  it('S22: so is every file and folder that it made, also after a deploy', async () => {
    await aurion.deploy([...(await aurion.flows()), { id: 'new-tab', type: 'tab', label: 'New' }]);
    const made = thingsIn(aurion.userDir);
    assert.ok(made.some((path) => path.endsWith('.flows.json.backup')));
    const open = made.flatMap((path) => {
      // The journal's files come and go.
      const rights = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077;
      return rights === 0 ? [] : [`${path} ${rights.toString(8)}`];
    });
    assert.deepEqual(open, []);
  });

  it('F11: stops cleanly, and a second start finds everything as it was: devices, sessions, ways in', async () => {
    await aurion.request('DELETE', '/devices/3', { token: admin });
    const [before, waysIn] = [await devices(), aurion.waysIn];
    assert.equal(await aurion.stop('SIGINT'), 0);
    await aurion.launch();
    assert.deepEqual(await devices(), before);
    assert.deepEqual(aurion.waysIn, waysIn);
  });

  it('S4: after a logout the token is refused, also after a restart', async () => {
    const logout = await aurion.request('POST', '/auth/logout', { token: admin });
    assert.equal(logout.status, 200);
    const refused = async () => {
      const { status, body } = await aurion.request('GET', '/auth/me', { token: admin });
      assert.deepEqual([status, body.message], [401, 'Session expirée']);
    };
    await refused();
    await aurion.stop();
    await aurion.launch();
    await refused();
  });
});

/** A folder and all in it, but where links lead. */
function thingsIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return [
    folder,
    ...entries.flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isSymbolicLink()) return [];
      return entry.isDirectory() ? thingsIn(path) : [path];
    }),
  ];
}
