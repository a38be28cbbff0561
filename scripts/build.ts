import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { makeDocsPage } from './docs-page';

/** Compiles to `dist` and puts beside each node what Node-RED looks for there. */

const root = join(__dirname, '..');

/** What Node-RED looks for beside a node, as it stands in the sources. */
const COPIED = 'nodes/*/{*.html,icons/**,locales/**}';

compile('-p', 'tsconfig.build.json');
dropWhatHasNoSource();
buildClient();

for (const file of filesOf(COPIED)) {
  const target = join(root, 'dist', file);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(root, file), target);
}

makeDocsPage(join(root, 'dist', 'docs-page'));

/** What an earlier build made of sources that are gone would be packed as well. */
function dropWhatHasNoSource(): void {
  for (const file of globSync('dist/{bin,nodes,src}/**/*.js', { cwd: root })) {
    const source = join(root, relative('dist', file).replace(/\.js$/, '.ts'));
    if (existsSync(source)) continue;
    rmSync(join(root, file));
    rmSync(join(root, file.replace(/\.js$/, '.d.ts')), { force: true });
  }
  for (const file of filesOf(`dist/${COPIED}`)) {
    if (!existsSync(join(root, relative('dist', file)))) rmSync(join(root, file));
  }
}

function filesOf(pattern: string): string[] {
  return globSync(pattern, { cwd: root }).filter((path) => /\.\w+$/.test(path));
}

function compile(...options: string[]): void {
  execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), ...options], {
    cwd: root,
    stdio: 'inherit',
  });
}

/** The client for frontends, as ES modules that a browser loads as they are, and for `require`. */
function buildClient(): void {
  const target = join(root, 'dist', 'client');
  const options = ['-p', 'client', '--noEmit', 'false'];
  compile(...options, '--outDir', 'dist/client');
  compile(
    ...[...options, '--outDir', 'dist/client/cjs', '--module', 'commonjs'],
    ...['--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false'],
  );
  mark(target, 'module');
  mark(join(target, 'cjs'), 'commonjs');
  let bytes = 0;
  for (const name of globSync('*.{js,d.ts}', { cwd: target })) {
    const file = join(target, name);
    // Sources name no extension, browsers want one.
    const text = readFileSync(file, 'utf8').replace(/(from ')(\.\/\w+)'/g, "$1$2.js'");
    writeFileSync(file, text);
    if (name.endsWith('.js')) bytes += statSync(file).size;
  }
  console.log(`dist/client: ${(bytes / 1000).toFixed(1)} kB of ES modules`);
}

function mark(folder: string, type: 'module' | 'commonjs'): void {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ type })}\n`);
}
