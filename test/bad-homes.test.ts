import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { AurionProcess, fullBackend, temporaryFolder } from './support/aurion-process';
import { freePort } from './support/free-port';

/** A home that can't be as its owner wants it: red, one clear line, and Node-RED lives on. */
describe('a bad home', () => {
  let aurion: AurionProcess | undefined;
  afterEach(async () => {
    await aurion?.remove();
    aurion = undefined;
  });

  async function nodeRedLives(): Promise<void> {
    assert.equal((await aurion?.admin('GET', '/flows'))?.status, 200);
  }

  function errors(): string[] {
    return aurion?.lines.filter((line) => line.includes('[error]')) ?? [];
  }

  async function isUnavailable(): Promise<void> {
    const ready = await aurion?.request<{ status: string }>('GET', '/health/ready');
    assert.deepEqual([ready?.status, ready?.body.status], [503, 'unavailable']);
    const login = await aurion?.request('POST', '/auth/login', {
      body: { email: 'a@b.tg', password: 'x' },
    });
    assert.equal(login?.status, 503);
    await nodeRedLives();
  }

  it('S5: a weak secret stops it, and the log names the setting', async () => {
    aurion = await AurionProcess.start({ env: { AURION_JWT_SECRET: 'secret' } });
    await isUnavailable();
    assert.equal(errors().length, 1);
    assert.match(errors()[0] ?? '', /jwtSecret.*too weak.*32 random bytes/);
    assert.match(aurion.log, /^Aurion is not up: only the editor is.*\n.*Node-RED/m);
    assert.match(
      aurion.log,
      /^! The home does not start: The token secret .*\n +Give AURION_JWT_SECRET 32 random/m,
    );
    assert.doesNotMatch(aurion.log, /^ +(REST|WebSocket|MQTT)/m);
  });

  it('S7: with a password of AURION_MQTT_PASSWORD that is too short nothing starts, it is named, and nothing is kept', async () => {
    aurion = await AurionProcess.prepare({ env: { AURION_MQTT_PASSWORD: 'seven77' } });
    assert.equal(await aurion.launchInVain(), 1);
    assert.match(aurion.log, /^Aurion did not start: AURION_MQTT_PASSWORD .*8 characters/m);
    assert.doesNotMatch(aurion.log, /seven77/);
    assert.equal(existsSync(join(aurion.userDir, 'ways-in.json')), false);
  });

  it('a folder that can’t be written is named', async () => {
    const userDir = temporaryFolder();
    // A file where the folder should be: not even root can write into it.
    mkdirSync(join(userDir, 'aurion'));
    writeFileSync(join(userDir, 'aurion', 'home'), '');
    aurion = await AurionProcess.start({ userDir });
    await isUnavailable();
    assert.equal(errors().length, 1);
    assert.match(errors()[0] ?? '', /store does not work.*aurion\/home/);
  });

  it('and once it can be written, the home comes up by itself', async () => {
    const userDir = temporaryFolder();
    mkdirSync(join(userDir, 'aurion'));
    const inTheWay = join(userDir, 'aurion', 'home');
    writeFileSync(inTheWay, '');
    aurion = await AurionProcess.start({ userDir });
    const { rmSync } = await import('node:fs');
    rmSync(inTheWay);
    chmodSync(userDir, 0o700);
    await aurion.untilLine(/The store works again/);
    assert.equal((await aurion.request('GET', '/health/ready')).status, 200);
  });

  it('F1: a taken MQTT port is one line and degrades; all but commands works', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    try {
      aurion = await AurionProcess.start({ env: { AURION_MQTT_PORT: String(port) } });
      const ready = await aurion.request<{ status: string }>('GET', '/health/ready');
      assert.deepEqual([ready.status, ready.body.status], [200, 'degraded']);
      const token = await aurion.register('ama');
      const toggle = await aurion.request('POST', '/devices/1/toggle', { token });
      assert.deepEqual([toggle.status, toggle.body.code], [503, 'BROKER_UNAVAILABLE']);
      assert.equal(errors().length, 1);
      assert.match(errors()[0] ?? '', new RegExp(`broker does not work.*EADDRINUSE.*${port}`));
      // The address of somebody else's broker is not shown as Aurion's.
      assert.match(aurion.log, /^Aurion is up, but not all of it/m);
      assert.match(aurion.log, /^ +REST/m);
      assert.doesNotMatch(aurion.log, /^ +MQTT/m);
      assert.match(
        aurion.log,
        new RegExp(`another program has port ${port}.*AURION_MQTT_PORT`, 'i'),
      );
      await nodeRedLives();
    } finally {
      other.close();
    }
  });

  it('F6: a second process on the same folder ends with code 1, and the first goes on', async () => {
    aurion = await AurionProcess.start();
    const second = await AurionProcess.prepare({ userDir: aurion.userDir });
    assert.equal(await second.launchInVain(), 1);
    assert.match(second.log, /^Aurion did not start: .*in use by another process.*AURION_DATA/m);
    assert.doesNotMatch(second.log, /Aurion is up/);
    assert.equal((await aurion.request('GET', '/health/ready')).status, 200);
  });

  it('F6: after kill -9 the next start takes over at once', async () => {
    aurion = await AurionProcess.start();
    const token = await aurion.register('ama');
    await aurion.stop('SIGKILL');
    await aurion.launch();
    assert.equal((await aurion.request('GET', '/auth/me', { token })).status, 200);
    assert.deepEqual(errors(), []);
  });

  it('a setting that makes no sense is named', async () => {
    const flows = fullBackend().map((node) =>
      node.type === 'aurion-home' ? { ...node, tokenTtl: 'forever' } : node,
    );
    aurion = await AurionProcess.start({ flows });
    await aurion.untilLine(/\[error\] \[aurion-home:.*"tokenTtl".*for example 7d/);
    await isUnavailable();
    assert.equal((await aurion.request('GET', '/health/live')).status, 200);
    // It was typed in the editor, which has to be there to correct it.
    assert.match(aurion.log, /^Aurion is not up: only the editor is/m);
    assert.match(aurion.log, /^! .*"tokenTtl".*Correct it in the editor/m);
    await aurion.deploy(fullBackend());
    await aurion.untilReady();
  });

  it('of two homes with one key the second is refused, and the first goes on', async () => {
    const twin = { ...fullBackend().find(({ type }) => type === 'aurion-home'), id: 'twin' };
    aurion = await AurionProcess.start({ flows: [...fullBackend(), twin as never] });
    await aurion.untilLine(/\[error\] \[aurion-home:twin\].*home key "home"/);
    assert.equal((await aurion.request('GET', '/health/ready')).status, 200);
  });

  it('a home inside a subflow is refused', async () => {
    const home = {
      ...fullBackend().find(({ type }) => type === 'aurion-home'),
      id: 'inner',
      z: 'sub',
    };
    const flows = [
      { id: 'sub', type: 'subflow', name: 'S', in: [], out: [] },
      { id: 'tab', type: 'tab', label: 'T' },
      { id: 'use', type: 'subflow:sub', z: 'tab', x: 0, y: 0, wires: [] },
      home,
    ];
    aurion = await AurionProcess.start({ flows: flows as never });
    await aurion.untilLine(/\[error\] \[aurion-home:.*subflow/);
    await nodeRedLives();
  });
});
