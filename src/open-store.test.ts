import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { newDatabase } from '../test/support/postgres';
import { memoryLogger } from '../test/support/test-store';
import { openStore } from './open-store';
import type { Store } from './ports/store';

describe('openStore', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aurion-open-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = (url: string | undefined): Promise<Store> =>
    openStore({ url, homeKey: 'home', folder, logger: memoryLogger() });

  it('without an address: files in the folder of the home', async () => {
    const store = await open(undefined);
    assert.equal(await store.settings.count(), 0);
    await store.close();
  });

  it('postgres://: that database, for all who name it', async () => {
    const url = await newDatabase();
    const one = await open(url);
    const two = await open(` ${url.replace('postgres:', 'postgresql:')} `);
    await one.settings.insert({ id: 'a', value: 1 });
    assert.deepEqual(await two.settings.get('a'), { id: 'a', value: 1 });
    await one.close();
    await two.close();
  });

  it('F2: mongodb:// with nothing there: STORE_UNAVAILABLE in bounded time', async () => {
    const store = open('mongodb://canary:canary@127.0.0.1:1/aurion');
    await assert.rejects(store, { code: 'STORE_UNAVAILABLE', retryAfterS: 5 });
  });

  it('S19: any other address is refused, and not repeated', async () => {
    for (const url of [
      'mysql://canary@host/db',
      'canary',
      'constructor://canary',
      'postgres:canary',
    ]) {
      await assert.rejects(open(url), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'STORE_URL_INVALID');
        assert.doesNotMatch(error.message, /canary/);
        return true;
      });
    }
  });
});
