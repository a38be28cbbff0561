import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDocsPage } from './docs-page';

/** Compiles to `dist` and puts beside each node what Node-RED looks for there. */

const root = join(__dirname, '..');

compile('-p', 'tsconfig.build.json');
buildClient();

for (const file of globSync('nodes/*/{*.html,icons/**,locales/**}', { cwd: root })) {
  if (!/\.\w+$/.test(file)) continue;
  const target = join(root, 'dist', file);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(root, file), target);
}

makeDocsPage(join(root, 'dist', 'docs-page'));

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
