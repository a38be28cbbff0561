import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The tests that count by the dozen, in their long form: those that ask `often`. Files named are run instead. */
const ROOT = join(__dirname, '..');
const named = process.argv.slice(2);
const asksOften = (file: string) => /\boften\(/.test(readFileSync(join(ROOT, file), 'utf8'));
const all = ['src', 'nodes', 'bin', 'test'].flatMap((folder) =>
  globSync(`${folder}/**/*.{test,suite}.ts`, { cwd: ROOT }),
);
const suites = all.filter((file) => file.endsWith('.suite.ts') && asksOften(file));
const stem = (file: string) => file.replace(/^.*\//, '').replace(/\.ts$/, '');
const runsSuite = (file: string) => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return suites.some((suite) => text.includes(`/${stem(suite)}'`));
};
const files = all.filter(
  (file) => file.endsWith('.test.ts') && (asksOften(file) || runsSuite(file)),
);
const spec = named.length > 0 ? named : files;
console.log(`${spec.length} files: ${spec.join(' ')}`);
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'node_modules/mocha/bin/mocha.js'), '--no-config', ...mochaOptions(), ...spec],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, AURION_TEST_LONG: '1' } },
);
process.exitCode = status ?? 1;

/** As `npm test`, one file at a time, and with time. */
function mochaOptions(): string[] {
  const { require: modules } = JSON.parse(readFileSync(join(ROOT, '.mocharc.json'), 'utf8')) as {
    require: string[];
  };
  return [...modules.flatMap((module) => ['--require', module]), '--timeout', '3600000'];
}
