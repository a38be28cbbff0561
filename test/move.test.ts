import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Device } from '../src/contract/device';
import { AurionProcess, ROOT, temporaryFolder } from './support/aurion-process';
import { Lamp } from './support/lamp';
import { newDatabase } from './support/postgres';

/** The `aurion` command on a home that was filled through its API. */
describe('the aurion command on a home’s store', () => {
  let aurion: AurionProcess;
  let token: string;
  beforeEach(async () => {
    aurion = await AurionProcess.start();
    await aurion.untilReady();
    token = await aurion.register('ama');
  });
  afterEach(() => aurion.remove());

  async function command(args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [join(ROOT, 'dist', 'bin', 'aurion.js'), ...args], {
      env: { PATH: process.env['PATH'] ?? '', AURION_DATA: aurion.userDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    return { code, out, err };
  }

  const make = async (at: AurionProcess, name: string) => {
    const body = { name, type: 'light', room: 'Salon' };
    return (await at.request<Device>('POST', '/devices', { token, body })).body;
  };

  /** What a home says of itself, beside how long ago. */
  const said = async (at: AurionProcess) => {
    const answers = [];
    for (const path of [
      '/auth/me',
      '/auth/users',
      '/devices',
      '/devices/1/status',
      '/audit?limit=500',
    ]) {
      const { status, body } = await at.request<unknown>('GET', path, { token });
      assert.equal(status, 200, path);
      answers.push(body);
    }
    return answers;
  };

  it('F14: move: the same answers before and after, sessions, passwords and next ids too', async () => {
    await aurion.register('kofi');
    const lamp = await Lamp.plugIn(aurion, 1);
    await lamp.report({ status: false, power: 7, temperature: 21.5 });
    await aurion.request('POST', '/devices/1/toggle', { token });
    await lamp.unplug();
    const gone = await make(aurion, 'À jeter');
    await aurion.request('DELETE', `/devices/${gone.id}`, { token });
    const before = await said(aurion);

    const url = await newDatabase();
    const running = await command(['move', '--to', url]);
    assert.deepEqual([running.code, running.out], [1, '']);
    assert.match(running.err, /Stop Node-RED first/);
    await aurion.stop();
    const moved = await command(['move'], { AURION_STORE_URL: url });
    assert.deepEqual([moved.code, moved.err], [0, '']);
    assert.match(moved.out, /^accounts: 2$/m);
    assert.match(moved.out, /compared one by one/);

    const there = await AurionProcess.start({ env: { AURION_STORE_URL: url } });
    aurion.onRemove.push(() => there.remove());
    await there.untilReady();
    assert.deepEqual(await said(there), before);
    assert.equal((await make(there, 'Neuve')).id, gone.id + 1);
    const body = { email: 'kofi@maison.tg', password: 'kofi aime la mer' };
    assert.equal((await there.request('POST', '/auth/login', { body })).status, 200);
    await there.stop();

    const again = await command(['move', '--to', url]);
    assert.equal(again.code, 1);
    assert.match(again.err, /There are 2 rows in accounts there already/);
    const data = temporaryFolder();
    aurion.onRemove.push(() => rm(data, { recursive: true }));
    const back = await command(['move', '--from', url, '--to', 'files', '--data', data]);
    assert.deepEqual([back.code, back.err], [0, '']);
    assert.match(back.out, /^accounts: 2$/m);
  });

  it('F14: move refuses while messages wait that a killed Aurion took in', async () => {
    const lamp = await Lamp.plugIn(aurion, 1);
    await lamp.report({ status: true });
    await aurion.stop('SIGKILL');
    const journal = join(aurion.userDir, 'aurion', 'home', 'journal');
    // Had it been folded just before, there would be none.
    writeFileSync(join(journal, '000009.log'), '');
    const { code, err } = await command(['move', '--to', 'postgres://canary:canary@127.0.0.1:1/a']);
    assert.equal(code, 1);
    assert.match(err, /Messages wait in .*start Aurion once more/);
    assert.doesNotMatch(err, /canary/);
  });

  it('F4: inspect names the damaged table, repair puts its good copy back', async () => {
    await aurion.stop();
    const store = join(aurion.userDir, 'aurion', 'home', 'store');
    const sound = await command(['inspect']);
    assert.deepEqual([sound.code, sound.err], [0, '']);
    assert.match(sound.out, /^accounts: sound, 1 rows/m);
    assert.ok(readdirSync(store).includes('accounts.db.good'));
    writeFileSync(join(store, 'accounts.db'), '');

    const damaged = await command(['inspect']);
    assert.equal(damaged.code, 1);
    assert.match(damaged.out, /^accounts: damaged/m);
    const repaired = await command(['repair', 'accounts']);
    assert.deepEqual([repaired.code, repaired.err], [0, '']);
    assert.match(repaired.out, /accounts has 1 rows again/);
    assert.match((await command(['repair', 'dogs'])).err, /No table dogs: there are accounts/);
    await aurion.launch();
    await aurion.untilReady();
    assert.equal((await aurion.request('GET', '/auth/me', { token })).status, 200);
  });
});
