import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import packageJson from '../package.json';
import { ROOT } from './support/aurion-process';

const TITLE = /\b(?:it|describe)\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g;

/** The titles of all tests; what they fill in stands as "…". */
function titles(): string[] {
  return ['src', 'nodes', 'bin', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(test|suite)\.ts$/.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(ROOT, folder, file), 'utf8');
        return [...text.matchAll(TITLE)].map(([, , title = '']) =>
          title.replace(/\$\{[^}]*\}/g, '…'),
        );
      }),
  );
}

const idsOf = (title: string): string[] =>
  /^(?:S\d+(?:, )?)+(?=:)/.exec(title)?.[0].split(', ') ?? [];

describe('SECURITY.md', () => {
  const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
  const promised = new Map(
    [...text.matchAll(/^\| (S\d+) +\|.*\| `(.*)` +\|$/gm)].map(([, id = '', title = '']) => [
      id,
      title,
    ]),
  );

  it('names for each promise a test that there is', () => {
    const all = new Set(titles());
    assert.ok(promised.size > 20);
    for (const [id, title] of promised) {
      assert.ok(idsOf(title).includes(id), `${id}: "${title}" is not named so`);
      assert.ok(all.has(title), `${id}: no test "${title}"`);
    }
  });

  it('names each promise that has a test', () => {
    const tested = new Set(titles().flatMap(idsOf));
    assert.deepEqual(
      [...tested].filter((id) => !promised.has(id)),
      [],
    );
  });

  it('is in the package', () => {
    assert.ok(packageJson.files.includes('SECURITY.md'));
  });
});
