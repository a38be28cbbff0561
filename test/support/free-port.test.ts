import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, it } from 'mocha';
import { freePort } from './free-port';

const ROOT = join(__dirname, '..', '..');

describe('a free port of the tests', () => {
  it('is given once, and to no other process while this one lives', async () => {
    const first = await freePort();
    const range = { first, last: first };
    await assert.rejects(freePort(range), RangeError);
    const elsewhere = `import { freePort } from './test/support/free-port';
      freePort(${JSON.stringify(range)}).then(() => console.log('given'), ({ name }) => console.log(name));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        '-r',
        'ts-node/register',
        '-e',
        elsewhere.replace(/import (.*) from (.*);/, 'const $1 = require($2);'),
      ],
      { cwd: ROOT },
    );
    assert.equal(stdout.trim(), 'RangeError');
  });
});
