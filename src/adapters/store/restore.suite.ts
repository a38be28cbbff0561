import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { AccountRow, Store } from '../../ports/store';
import { account, audit, conflict, numbers } from './rows.suite';
import type { StorePlace } from './store-place.suite';

/** What every adapter's `restore` promises; a part of `describeStore`. */
export function describeRestore(name: string, makePlace: () => Promise<StorePlace>): void {
  describe(`restore on ${name}`, () => {
    let place: StorePlace;
    let store: Store;

    beforeEach(async () => {
      place = await makePlace();
      store = await place.open('home');
    });
    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    const reopen = async (): Promise<void> => {
      await store.close();
      store = await place.open('home');
    };

    it('F14: keeps the ids, and goes on above them', async () => {
      const rows = [restored(7, 'g'), restored(3, 'c'), restored(12, 'l')];
      await store.accounts.restore(rows);
      assert.deepEqual(await store.accounts.list(), [rows[1], rows[0], rows[2]]);
      assert.deepEqual(await store.accounts.getBy('emailKey', 'g'), rows[0]);
      assert.equal((await store.accounts.insert(account('a'))).id, 13);
    });

    it('F14: goes on above them also after a restart and a delete', async () => {
      await store.accounts.restore([restored(12, 'l')]);
      await store.accounts.delete(12);
      await reopen();
      assert.equal((await store.accounts.insert(account('a'))).id, 13);
    });

    it('F14: tells the highest id that was given, also when its row is gone', async () => {
      assert.equal(await store.accounts.lastId(), 0);
      await store.accounts.insert(account('a'));
      await store.accounts.insert(account('b'));
      await store.accounts.delete(2);
      assert.equal(await store.accounts.lastId(), 2);
      await reopen();
      assert.equal(await store.accounts.lastId(), 2);
      await store.accounts.restore([restored(12, 'l')]);
      assert.equal(await store.accounts.lastId(), 12);
      await assert.rejects(store.settings.lastId(), TypeError);
    });

    it('adds below the rows that stand, which keep their counting', async () => {
      await store.audit.restore([{ id: 100, ...audit(1) }]);
      await store.audit.restore([{ id: 5, ...audit(2) }]);
      assert.equal((await store.audit.insert(audit(3))).id, 101);
      assert.equal(await store.audit.count(), 3);
    });

    it('nothing at all is fine', async () => {
      await store.accounts.restore([]);
      assert.equal((await store.accounts.insert(account('a'))).id, 1);
    });

    it('given ids and their rows read as they were', async () => {
      const rows = ['', '__proto__', 'a.b', '🏠'].map((id) => ({ id, value: { of: id } }));
      await store.settings.restore(rows);
      await reopen();
      for (const row of rows) assert.deepEqual(await store.settings.get(row.id), row);
      assert.equal(await store.settings.count(), 4);
    });

    it('a conflict with a row that stands changes nothing', async () => {
      const standing = await store.accounts.insert(account('a', { founder: 'founder' }));
      const restoring = (...rows: AccountRow[]): Promise<void> => store.accounts.restore(rows);
      await assert.rejects(restoring(restored(8, 'h'), restored(1, 'i')), conflict('id'));
      await assert.rejects(restoring(restored(8, 'h'), restored(9, 'a')), conflict('emailKey'));
      const founder = { ...restored(9, 'i'), founder: 'founder' } as const;
      await assert.rejects(restoring(restored(8, 'h'), founder), conflict('founder'));
      assert.deepEqual(await store.accounts.list(), [standing]);
      assert.equal((await store.accounts.insert(account('b'))).id, 2);
      await reopen();
      assert.equal(await store.accounts.count(), 2);
    });

    it('rows that conflict with each other change nothing', async () => {
      await assert.rejects(
        store.accounts.restore([restored(1, 'a'), restored(1, 'b')]),
        conflict('id'),
      );
      await assert.rejects(
        store.accounts.restore([restored(1, 'a'), restored(2, 'a')]),
        conflict('emailKey'),
      );
      assert.equal(await store.accounts.count(), 0);
    });

    it('rows without an id of the table’s kind are refused, and none is added', async () => {
      for (const id of [undefined, null, '1', 0, -1, 1.5, NaN]) {
        const bad = { ...restored(2, 'b'), id } as unknown as AccountRow;
        await assert.rejects(store.accounts.restore([restored(1, 'a'), bad]), TypeError);
      }
      const bad = { id: 1, value: 1 } as unknown as { id: string; value: number };
      await assert.rejects(store.settings.restore([bad]), TypeError);
      assert.equal(await store.accounts.count(), 0);
    });

    it('2,000 rows are restored in one call', async () => {
      const rows = numbers(2000).map((id) => ({ id, ...audit(id) }));
      await store.audit.restore(rows);
      assert.deepEqual(await store.audit.list(), rows);
      assert.equal((await store.audit.insert(audit(1))).id, 2001);
    });
  });
}

function restored(id: number, emailKey: string): AccountRow {
  return { id, ...account(emailKey) };
}
