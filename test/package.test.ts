import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, it } from 'mocha';
import { freePort, ROOT, temporaryFolder } from './support/aurion-process';

/** The tarball as npm would serve it, in a Node-RED that knows nothing of this repository. */
describe('the package in a plain Node-RED', () => {
  const folder = temporaryFolder();
  let nodeRed: ChildProcess;
  let port: number;
  const log: string[] = [];

  before(async function () {
    this.timeout(180_000);
    const npm = (cwd: string, ...args: string[]) =>
      execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd });
    // The tests' `pretest` has built it.
    npm(ROOT, 'pack', '--ignore-scripts', '--pack-destination', folder);
    const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    const userDir = join(folder, 'node-red');
    mkdirSync(userDir);
    npm(userDir, 'install', '--ignore-scripts', join(folder, tarball));

    port = await freePort();
    const { PATH = '', HOME = '' } = process.env;
    const red = join(ROOT, 'node_modules', 'node-red', 'red.js');
    nodeRed = spawn(process.execPath, [red, '--userDir', userDir, '--port', String(port)], {
      env: { PATH, HOME },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: nodeRed.stdout! });
    lines.on('line', (line) => log.push(line));
    while (!log.some((line) => line.includes('Started flows'))) await once(lines, 'line');
  });
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(log.slice(-15).join('\n'));
  });
  after(async () => {
    const exit = once(nodeRed, 'exit');
    nodeRed.kill();
    await exit;
    rmSync(folder, { recursive: true, force: true });
  });

  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://localhost:${port}${path}`, {
      headers: { accept: 'application/json' },
    });
    return (await response.json()) as T;
  };

  it('shows its nodes, without an error, and its examples', async () => {
    const sets =
      await get<{ module: string; name: string; err?: string; enabled: boolean }[]>('/nodes');
    const ours = sets.filter(({ module }) => module === 'node-red-contrib-aurion');
    const { 'node-red': declared } = JSON.parse(
      readFileSync(join(ROOT, 'package.json'), 'utf8'),
    ) as { 'node-red': { nodes: Record<string, string> } };
    assert.deepEqual(ours.map(({ name }) => name).sort(), Object.keys(declared.nodes).sort());
    for (const { name, err, enabled } of ours)
      assert.deepEqual([name, enabled, err], [name, true, undefined]);
    assert.match(
      JSON.stringify(await get('/library/examples/flows/node-red-contrib-aurion')),
      /full-backend/,
    );
    const script = await fetch(
      `http://localhost:${port}/resources/node-red-contrib-aurion/aurion-editor.js`,
    );
    assert.equal(script.status, 200);
  });

  it('brings the client for frontends, by import and by require', () => {
    for (const [type, take] of [
      ['module', "const { createAurionClient } = await import('node-red-contrib-aurion/client')"],
      ['commonjs', "const { createAurionClient } = require('node-red-contrib-aurion/client')"],
    ] as const) {
      const use =
        "console.log(typeof createAurionClient({ baseUrl: 'http://localhost/api' }).live)";
      const said = execFileSync(
        process.execPath,
        [`--input-type=${type}`, '-e', `${take}; ${use}`],
        {
          cwd: join(folder, 'node-red'),
          encoding: 'utf8',
        },
      );
      assert.equal(said, 'function\n');
    }
  });

  it('without the optional drivers: STORE_DRIVER_MISSING says what to install', () => {
    const userDir = join(folder, 'node-red');
    const core = join(userDir, 'node_modules', 'node-red-contrib-aurion', 'dist', 'src');
    const open = `
      const { openStore } = require(${JSON.stringify(join(core, 'open-store.js'))});
      const { textOf } = require(${JSON.stringify(join(core, 'contract', 'errors.js'))});
      openStore({ url: process.argv[1], homeKey: 'home', folder: '.', logger: console }).catch(
        (error) => console.log(error.code + ': ' + textOf(error, 'fr') + ' / ' + textOf(error, 'en')),
      );`;
    for (const [scheme, command] of [
      ['postgres', 'npm install pg kysely'],
      ['mongodb', 'npm install mongodb'],
    ] as const) {
      const url = `${scheme}://canary@127.0.0.1:1/aurion`;
      const said = execFileSync(process.execPath, ['-e', open, url], {
        cwd: userDir,
        encoding: 'utf8',
      });
      assert.match(said, /^STORE_DRIVER_MISSING: /);
      assert.equal(said.split(command).length, 3, said);
      assert.doesNotMatch(said, /canary/);
    }
  });

  it('imports the example without any variable set, and lets the first one register', async () => {
    const flows = await get<unknown[]>(
      '/library/examples/flows/node-red-contrib-aurion/full-backend',
    );
    const started = log.length;
    await fetch(`http://localhost:${port}/flows`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(flows),
    });
    let ready: Response;
    do ready = await fetch(`http://localhost:${port}/api/health/ready`);
    while (ready.status !== 200);
    const registered = await fetch(`http://localhost:${port}/api/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Ama', email: 'ama@maison.tg', password: 'la mer à Lomé' }),
    });
    const { user, token } = (await registered.json()) as { user: { role: string }; token: string };
    assert.deepEqual([registered.status, user.role], [200, 'admin']);
    const devices = await fetch(`http://localhost:${port}/api/devices`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(((await devices.json()) as unknown[]).length, 3);
    // The machine may have a broker of its own on the default ports: then Aurion says so, and copes.
    const errors = log
      .slice(started)
      .filter((line) => line.includes('[error]') && !line.includes('EADDRINUSE'));
    assert.deepEqual(errors, []);
  });
});
