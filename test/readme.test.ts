import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import packageJson from '../package.json';
import { HOME_SETTINGS } from '../src/contract/home-settings';
import { ROOT } from './support/aurion-process';

const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');
const README = read('README.md');

function section(heading: string): string {
  const [, text] = new RegExp(`^## ${heading}\\n([^]*?)(?=^## )`, 'm').exec(README) ?? [];
  assert.ok(text, heading);
  return text;
}

/** Every `AURION_…` that code or the shipped flows read. */
function variables(): string[] {
  const sources = ['bin', 'nodes', 'src'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/\.(test|suite)\.ts$/.test(file))
      .map((file) => read(folder, file)),
  );
  const texts = [...sources, read('examples', 'full-backend.json')];
  const found = texts.flatMap((text) => text.match(/\bAURION_[A-Z_]+\b/g) ?? []);
  return [...new Set(found)].sort();
}

describe('the README', () => {
  it('names every variable and every setting of a home, and none that is not there', () => {
    const settings = section('Settings');
    const named = settings.match(/\bAURION_[A-Z_]+\b/g) ?? [];
    assert.ok(variables().length > 15);
    assert.deepEqual([...new Set(named)].sort(), variables());
    for (const setting of HOME_SETTINGS) assert.ok(settings.includes(`\`${setting}\``), setting);
  });

  it('names every node', () => {
    const nodes = section('Nodes');
    for (const type of Object.keys(packageJson['node-red'].nodes)) {
      assert.ok(nodes.includes(`\`${type}\``), type);
    }
  });

  it('leads nowhere in vain', () => {
    const files = [
      'README.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      ...readdirSync(join(ROOT, 'docs')).map((file) => `docs/${file}`),
    ];
    for (const file of files.filter((name) => name.endsWith('.md'))) {
      for (const [, link = ''] of read(file).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(link)) continue;
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? file : join(file, '..', path);
        const text = target.endsWith('.md') ? read(target) : '';
        if (target !== file) assert.ok(read(target).length > 0, `${file}: ${link}`);
        if (anchor === undefined) continue;
        const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
          heading
            .toLowerCase()
            .replace(/[^\p{L}\p{N} _-]/gu, '')
            .replaceAll(' ', '-'),
        );
        assert.ok(anchors.includes(anchor), `${file}: ${link}`);
      }
    }
  });
});
