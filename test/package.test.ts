import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, it } from 'mocha';
import nodeRedPackage from 'node-red/package.json';
import packageJson from '../package.json';
import { ROOT, temporaryFolder } from './support/aurion-process';
import { freePort } from './support/free-port';

const TYPES = Object.keys(packageJson['node-red'].nodes);

/** Everything the package may hold, and nothing else. */
const PACKED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md)$/,
  /^docs\/([\w-]+\.md|openapi\.json|images\/[\w-]+\.png)$/,
  /^examples\/([\w-]+\/)*[\w-]+\.json$/,
  /^resources\/([\w-]+\/)*[\w.-]+\.(js|mjs|css|svg|png)$/,
  /^dist\/(bin|src|nodes)\/([\w-]+\/)*[\w.-]+\.js$/,
  /^dist\/src\/domain\/schedules\/known-zones\.json$/,
  /^dist\/nodes\/(aurion-[a-z-]+)\/(\1\.html|icons\/[\w-]+\.svg|locales\/(en-US|fr)\/\1\.(html|json))$/,
  /^dist\/client\/(cjs\/)?(\w+\.(js|d\.ts)|package\.json)$/,
  /^dist\/docs-page\/[\w.-]+$/,
];

/** `>=5.0.0` as numbers. */
function lowest(range: string): readonly number[] {
  assert.match(range, /^>=\d+(\.\d+){0,2}$/);
  return range.slice(2).split('.').map(Number);
}

function isAtLeast(version: readonly number[], other: readonly number[]): boolean {
  for (const [index, number] of other.entries()) {
    const own = version[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}

/**
 * What Node-RED's scorecard (node-red-dev validate) looks at, as far as this machine can know it by itself,
 * and what it passes over: it reads only definitions that are written out in the node's page, so that it
 * sees none of ours, and asks nothing about icons, help and languages.
 */
describe('the package, as the scorecard looks at it', () => {
  it('has a license, the name and the keyword of a Node-RED package (P01, P04, P05)', () => {
    assert.equal(packageJson.license, 'MIT');
    assert.match(readFileSync(join(ROOT, 'LICENSE'), 'utf8'), /^MIT License/);
    assert.match(packageJson.name, /^node-red-contrib-/);
    assert.ok(packageJson.keywords.includes('node-red'));
  });

  it('says which Node-RED and which Node.js it needs, and works with the one it is tested with (P06, P07)', () => {
    const installed = nodeRedPackage.version.split('.').map(Number);
    assert.ok(isAtLeast(installed, lowest(packageJson['node-red'].version)));
    const needed = lowest(nodeRedPackage.engines.node);
    assert.ok(isAtLeast(needed, lowest(packageJson.engines.node)));
  });

  it('has node types with names of their own (N01)', () => {
    for (const [type, file] of Object.entries(packageJson['node-red'].nodes)) {
      assert.match(type, /^aurion-[a-z]+(-[a-z]+)*$/);
      assert.equal(file, `dist/nodes/${type}/${type}.js`);
    }
    const folders = globSync('nodes/aurion-*', { cwd: ROOT }).map((path) => path.slice(6));
    const plugins = Object.keys(packageJson['node-red'].plugins);
    assert.deepEqual(folders.sort(), [...TYPES, ...plugins].sort());
  });

  it('has an example for each node type (N02)', () => {
    const used = globSync('examples/**/*.json', { cwd: ROOT }).flatMap((file) =>
      (JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as { type: string }[]).map(
        ({ type }) => type,
      ),
    );
    assert.deepEqual(
      TYPES.filter((type) => !used.includes(type)),
      [],
    );
  });

  for (const type of TYPES) {
    it(`${type}: has its page, help and texts in both languages, and an icon`, () => {
      const folder = join(ROOT, 'nodes', type);
      const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');
      assert.match(read(`${type}.html`), new RegExp(`data-template-name="${type}"`));
      for (const language of ['en-US', 'fr']) {
        assert.match(
          read('locales', language, `${type}.html`),
          new RegExp(`^<script type="text/markdown" data-help-name="${type}">`),
        );
        assert.deepEqual(
          Object.keys(JSON.parse(read('locales', language, `${type}.json`)) as object),
          [type],
        );
      }
      assert.deepEqual(readdirSync(join(folder, 'icons')), [`${type}.svg`]);
      const icon = read('icons', `${type}.svg`);
      // As all of the family: white lines on nothing, as thick as each other.
      assert.match(icon, /^<svg width="40" height="60" viewBox="0 0 40 60" xmlns="[^"]+">\n/);
      assert.match(icon, /<g fill="none" stroke="#fff" stroke-width="4" [^>]+>/);
      assert.equal(icon.match(/fill=|stroke="|stroke-width=/g)?.length, 3);
    });
  }

  it('has icons that differ from each other', () => {
    const icons = globSync('nodes/*/icons/*.svg', { cwd: ROOT }).map((file) =>
      readFileSync(join(ROOT, file), 'utf8').replace(/\s+/g, ''),
    );
    assert.equal(icons.length, TYPES.length);
    assert.equal(new Set(icons).size, icons.length);
  });
});

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

  describe('what it holds', () => {
    const installed = join(folder, 'node-red', 'node_modules', packageJson.name);
    /** `npm start` is for those who have the repository: it needs a Node-RED of its own. */
    const isPacked = (file: string) =>
      !/\.(test|suite)\.ts$|^bin\/(banner|front-page|log|settings|start)\.ts$/.test(file);
    let files: readonly string[];

    before(() => {
      files = globSync('**/*', { cwd: installed, exclude: ['node_modules'] }).filter((file) =>
        statSync(join(installed, file)).isFile(),
      );
    });

    it('is nothing but what is needed', () => {
      const unknown = files.filter((file) => !PACKED.some((pattern) => pattern.test(file)));
      assert.deepEqual(unknown, []);
      for (const file of files.filter((each) => /\.(js|json|md|html)$/.test(each))) {
        const text = readFileSync(join(installed, file), 'utf8');
        assert.ok(!text.includes(ROOT), `${file} names a path of this machine`);
      }
    });

    it('is each source compiled, and no test', () => {
      const sources = globSync('{bin,nodes,src}/**/*.ts', { cwd: ROOT }).filter(isPacked);
      const compiled = files.filter((file) => /^dist\/(bin|nodes|src)\/.+\.js$/.test(file));
      assert.deepEqual(
        [...compiled].sort(),
        sources.map((file) => `dist/${file.replace(/\.ts$/, '.js')}`).sort(),
      );
    });

    it('is all that its code asks for', () => {
      const { dependencies, peerDependencies } = packageJson;
      const known = [...Object.keys({ ...dependencies, ...peerDependencies }), ...builtinModules];
      for (const file of files.filter((each) => /^dist\/(bin|nodes|src)\/.+\.js$/.test(each))) {
        const code = readFileSync(join(installed, file), 'utf8');
        for (const [, asked = ''] of code.matchAll(/\b(?:require|import)\(["']([^"']+)["']\)/g)) {
          if (asked.startsWith('.')) {
            const path = join(installed, dirname(file), asked);
            const found = [path, `${path}.js`, join(path, 'index.js')].some(
              (each) => existsSync(each) && statSync(each).isFile(),
            );
            assert.ok(found, `${file}: ${asked}`);
          } else {
            const name = /^(@[^/]+\/[^/]+|[^/]+)/.exec(asked.replace(/^node:/, ''))?.[0] ?? '';
            assert.ok(known.includes(name), `${file}: ${asked}`);
          }
        }
      }
    });

    it('has for each node type what Node-RED looks for beside it', () => {
      for (const [type, file] of Object.entries(packageJson['node-red'].nodes)) {
        const place = dirname(file);
        for (const path of [
          file,
          `${place}/${type}.html`,
          `${place}/icons/${type}.svg`,
          ...['en-US', 'fr'].flatMap((language) => [
            `${place}/locales/${language}/${type}.html`,
            `${place}/locales/${language}/${type}.json`,
          ]),
        ]) {
          assert.ok(files.includes(path), path);
        }
      }
    });

    it('has its commands, and every page that another links to', () => {
      for (const file of Object.values(packageJson.bin)) assert.ok(files.includes(file), file);
      const broken = files
        .filter((file) => file.endsWith('.md'))
        .flatMap((file) => {
          const text = readFileSync(join(installed, file), 'utf8').replace(/^```[^]*?^```$/gm, '');
          return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
            .map(([, target = '']) => target)
            .filter((target) => !/^\w+:/.test(target))
            .filter((target) => !files.includes(join(dirname(file), target)))
            .map((target) => `${file}: ${target}`);
        });
      // That one is for those who have the repository.
      assert.deepEqual(broken, ['README.md: CONTRIBUTING.md']);
    });
  });

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
