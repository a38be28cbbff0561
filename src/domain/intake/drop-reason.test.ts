import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { DROP_REASONS } from './drop-reason';

describe('reasons for which messages are dropped', () => {
  it('M6, M16: docs/mqtt.md says of each what it means, and of none that there is not', () => {
    const page = readFileSync(join(__dirname, '../../../docs/mqtt.md'), 'utf8');
    const section = page.split('\n## ').find((one) => one.startsWith('What is dropped'));
    const told = [...(section ?? '').matchAll(/^\| `([a-z-]+)` +\| \S/gm)].map(([, name]) => name);
    assert.deepEqual(told.toSorted(), [...DROP_REASONS].sort());
  });
});
