import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { newDatabase } from '../../test/support/postgres';
import { memoryLogger } from '../../test/support/test-store';
import { openStore } from '../open-store';
import type { Point, Store } from '../ports/store';
import { MoveRefused, moveStore } from './store-move';

describe('F14: moving a home from NeDB to PostgreSQL', () => {
  let folder: string;
  let from: Store;
  let to: Store;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aurion-move-'));
    const options = { homeKey: 'home', folder, logger: memoryLogger() };
    from = await openStore({ ...options, url: undefined });
    to = await openStore({ ...options, url: await newDatabase() });
  });
  afterEach(async () => {
    await from.close();
    await to.close();
    await rm(folder, { recursive: true });
  });

  const line = (at: number) => ({ at, actor: 'a', action: 'x', target: null, requestId: null });
  const point = (series: string, at: number): Point => ({ series, at, key: '', value: { w: at } });

  it('takes every row and point along, also more than are read at once, and the next ids', async () => {
    await from.audit.restore(Array.from({ length: 2500 }, (_, n) => ({ id: n + 1, ...line(n) })));
    await from.audit.delete(2500);
    await from.audit.delete(7);
    const points = ['meter:1', 'sonde 🌡', ''].flatMap((series) =>
      Array.from({ length: 1000 }, (_, n) => point(series, n * 60_000)),
    );
    await from.readings.put(points);
    await from.readings.put([point('meter:1', 1)]);
    await from.settings.insert({ id: 'a.b', value: { deep: [1, null, 'é'] } });
    await from.turns.insert({ id: 'device:1', holder: 'x', until: 1 });

    const moved = await moveStore(from, to);
    assert.equal(moved.audit, 2498);
    assert.equal(moved.readings, 3001);
    assert.deepEqual(await to.audit.list(), await from.audit.list());
    for (const series of await from.readings.names()) {
      assert.deepEqual(await to.readings.read(series), await from.readings.read(series));
    }
    assert.equal((await to.audit.insert(line(1))).id, 2501);
    assert.equal(await to.turns.count(), 0, 'nobody has a turn in the new store');
  });

  it('knows which id comes next also where every row is gone', async () => {
    const { id } = await from.audit.insert(line(1));
    await from.audit.delete(id);
    await moveStore(from, to);
    assert.equal(await to.audit.count(), 0);
    assert.equal((await to.audit.insert(line(1))).id, id + 1);
  });

  it('refuses a store that holds anything, and leaves it as it is', async () => {
    await from.settings.insert({ id: 'mine', value: 1 });
    await to.settings.insert({ id: 'theirs', value: 2 });
    await assert.rejects(moveStore(from, to), MoveRefused);
    assert.deepEqual(await to.settings.list(), [{ id: 'theirs', value: 2 }]);
    await to.settings.delete('theirs');
    await to.readings.put([point('meter:1', 1)]);
    await assert.rejects(moveStore(from, to), MoveRefused);
    assert.equal(await to.settings.count(), 0);
  });

  it('says so when something is not the same there in the end', async () => {
    await from.settings.insert({ id: 'a', value: 1 });
    const list = to.settings.list.bind(to.settings);
    to.settings.list = async (query) => (await list(query)).map((row) => ({ ...row, value: 2 }));
    await assert.rejects(moveStore(from, to), /settings is not the same there/);
  });
});
