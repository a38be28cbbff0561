import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDocsPage } from './docs-page';

/** Compiles to `dist` and puts beside each node what Node-RED looks for there. */

const root = join(__dirname, '..');

execFileSync(
  process.execPath,
  [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);

for (const file of globSync('nodes/*/{*.html,icons/**,locales/**}', { cwd: root })) {
  if (!/\.\w+$/.test(file)) continue;
  const target = join(root, 'dist', file);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(root, file), target);
}

makeDocsPage(join(root, 'dist', 'docs-page'));
