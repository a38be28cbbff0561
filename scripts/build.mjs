import { execFileSync } from 'node:child_process';
import console from 'node:console';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import process from 'node:process';

/**
 * Runs `build.ts`; with `--if-changed` only if something it reads, or something it made, is not as it
 * was after the last build. That is looked up here, in plain JavaScript, since loading a compiler
 * takes longer than Aurion takes to start.
 */

const root = join(import.meta.dirname, '..');

/** What the build reads; the last one says what is installed, the compiler among it. */
const SOURCES = [
  ...['bin', 'client', 'nodes', 'scripts', 'src'],
  ...['package.json', 'tsconfig.json', 'tsconfig.build.json', 'node_modules/.package-lock.json'],
];
const RECORD = join(root, 'dist', '.build.json');

const madeBefore = read(RECORD);
const isWhole = madeBefore?.made === digest(['dist']);
const isUpToDate = isWhole && madeBefore.sources === digest(SOURCES);
if (!process.argv.includes('--if-changed') || !isUpToDate) build();

function build() {
  // A build that ends halfway leaves no record, so that the next one begins anew.
  rmSync(RECORD, { force: true });
  // The compiler writes only what changed since its last run: it must not take for there what is gone.
  if (!isWhole) rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true });
  console.log('Building Aurion. The first time it can take a minute.');
  const sources = digest(SOURCES);
  const script = join(import.meta.dirname, 'build.ts');
  execFileSync(process.execPath, ['-r', 'ts-node/register', script], {
    cwd: root,
    stdio: 'inherit',
  });
  writeFileSync(RECORD, `${JSON.stringify({ sources, made: digest(['dist']) })}\n`);
}

/** Of names and contents: a time says nothing once a repository was checked out or copied. */
function digest(paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesOf).sort()) {
    const content = readFileSync(file);
    hash
      .update(`${relative(root, file).split(sep).join('/')}\n${content.length}\n`)
      .update(content);
  }
  return hash.digest('hex');
}

function filesOf(path) {
  const full = join(root, path);
  let entries;
  try {
    entries = readdirSync(full, { withFileTypes: true, recursive: true });
  } catch (error) {
    if (error.code === 'ENOTDIR') return [full];
    if (error.code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .filter((entry) => entry.isFile() && !/\.(test|suite)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file !== RECORD);
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
