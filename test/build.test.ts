import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { ROOT, temporaryFolder } from './support/aurion-process';

/** Stands in for the compiler: makes a file of each source, counts, and fails if it is told to. */
const BUILD = `
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
mkdirSync('dist', { recursive: true });
appendFileSync('built', 'x');
writeFileSync('dist/home.js', '1');
if (existsSync('broken')) throw new Error('does not compile');
writeFileSync('dist/.tsbuildinfo', '{}');
`;

describe('the build', () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  before(() => {
    for (const name of ['scripts', 'src', 'nodes/aurion-home/locales/fr']) {
      mkdirSync(at(name), { recursive: true });
    }
    cpSync(join(ROOT, 'scripts', 'build.mjs'), at('scripts/build.mjs'));
    cpSync(join(ROOT, 'tsconfig.json'), at('tsconfig.json'));
    writeFileSync(at('scripts/build.ts'), BUILD);
    writeFileSync(at('src/home.ts'), 'export const one = 1;');
    writeFileSync(at('src/other.ts'), 'export const two = 2;');
    writeFileSync(at('nodes/aurion-home/aurion-home.html'), '<p>home</p>');
    writeFileSync(at('nodes/aurion-home/locales/fr/aurion-home.json'), '{}');
    writeFileSync(at('package.json'), '{ "type": "commonjs" }');
    symlinkSync(join(ROOT, 'node_modules'), at('node_modules'), 'junction');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** @returns whether it was built */
  function start(): boolean {
    const builds = () => (existsSync(at('built')) ? readFileSync(at('built')).length : 0);
    const before = builds();
    execFileSync(process.execPath, [at('scripts/build.mjs'), '--if-changed'], { stdio: 'pipe' });
    return builds() > before;
  }

  it('F3: is used as it is while nothing it was made of, and nothing it made, has changed', () => {
    assert.equal(start(), true);
    assert.equal(start(), false);
    // The same with another time, as after a checkout.
    writeFileSync(at('src/home.ts'), 'export const one = 1;');
    writeFileSync(at('src/home.test.ts'), 'a test is not built');
    assert.equal(start(), false);
  });

  const changes: Record<string, () => void> = {
    'a source changed': () => writeFileSync(at('src/home.ts'), 'export const one = 2;'),
    'a source deleted': () => rmSync(at('src/other.ts')),
    'a source renamed': () => {
      cpSync(at('src/home.ts'), at('src/renamed.ts'));
      rmSync(at('src/home.ts'));
    },
    'a dialog changed': () => writeFileSync(at('nodes/aurion-home/aurion-home.html'), '<p>!</p>'),
    'a text changed': () => {
      writeFileSync(at('nodes/aurion-home/locales/fr/aurion-home.json'), '{"a":1}');
    },
    'package.json changed': () => writeFileSync(at('package.json'), '{ "version": "2" }'),
    'a file it made is gone': () => rmSync(at('dist/home.js')),
    'a file it made was changed': () => writeFileSync(at('dist/home.js'), '2'),
    'dist is gone': () => rmSync(at('dist'), { recursive: true }),
  };
  for (const [change, make] of Object.entries(changes)) {
    it(`F3: is made anew when ${change}`, () => {
      start();
      make();
      assert.deepEqual([start(), start()], [true, false]);
    });
  }

  it('F3: is made anew after one that failed, and nothing of that one is taken for whole', () => {
    start();
    writeFileSync(at('broken'), '');
    writeFileSync(at('src/home.ts'), 'export const one = 3;');
    assert.throws(start);
    assert.throws(start);
    // What the compiler remembers of its run before would keep it from writing what is gone.
    assert.equal(existsSync(at('dist/.tsbuildinfo')), false);
    rmSync(at('broken'));
    assert.deepEqual([start(), start()], [true, false]);
  });
});
