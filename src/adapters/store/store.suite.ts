import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'mocha';
import {
  ROW_BYTES_MAX,
  type AccountRow,
  type AuditRow,
  type SessionRow,
  type Store,
} from '../../ports/store';
import { describeRestore } from './restore.suite';
import { account, audit, conflict, device, numbers, session } from './rows.suite';
import { describeSeries } from './series.suite';
import { describeStoreModel } from './store-model.suite';
import type { StorePlace } from './store-place.suite';
import { describeTogether } from './together.suite';

/** What every adapter of the store promises. It runs unchanged on each of them. */
export function describeStore(name: string, makePlace: () => Promise<StorePlace>): void {
  describe(`store on ${name}`, () => {
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

    describe('ids', () => {
      it('counted ids are 1, 2, 3', async () => {
        for (const id of [1, 2, 3]) {
          assert.equal((await store.devices.insert(device(`d${id}`))).id, id);
        }
      });

      it('each table counts for itself', async () => {
        await store.devices.insert(device('a'));
        assert.equal((await store.accounts.insert(account('a'))).id, 1);
      });

      it('the id of a deleted row is not given again', async () => {
        await store.devices.insert(device('a'));
        await store.devices.insert(device('b'));
        await store.devices.delete(2);
        assert.equal((await store.devices.insert(device('c'))).id, 3);
      });

      it('the id of a deleted row is not given again after a restart', async () => {
        await store.devices.insert(device('a'));
        await store.devices.insert(device('b'));
        await store.devices.delete(2);
        await reopen();
        assert.equal((await store.devices.insert(device('c'))).id, 3);
      });

      it('no id is given again after all rows were deleted', async () => {
        await Promise.all(['a', 'b', 'c'].map((key) => store.audit.insert(audit(1, key))));
        assert.equal(await store.audit.deleteWhere({ range: { field: 'at', from: 0 } }), 3);
        await reopen();
        assert.equal((await store.audit.insert(audit(2))).id, 4);
      });

      it('ids given at once differ', async () => {
        const rows = await Promise.all(numbers(50).map((n) => store.audit.insert(audit(n))));
        assert.equal(new Set(rows.map((row) => row.id)).size, 50);
      });

      it('given ids are kept as they are', async () => {
        for (const id of ['7', '', '__proto__', 'constructor', 'a.b', '$set', 'é🏠', ' x ']) {
          assert.equal((await store.settings.insert({ id, value: id })).id, id);
        }
        await reopen();
        for (const id of ['7', '', '__proto__', 'constructor', 'a.b', '$set', 'é🏠', ' x ']) {
          assert.deepEqual(await store.settings.get(id), { id, value: id });
        }
        assert.equal(await store.settings.count(), 8);
      });

      it('a given id that is taken is a conflict on id', async () => {
        await store.settings.insert({ id: 'a', value: 1 });
        await assert.rejects(store.settings.insert({ id: 'a', value: 2 }), conflict('id'));
        assert.deepEqual(await store.settings.get('a'), { id: 'a', value: 1 });
      });

      it('an id that no row has finds none', async () => {
        assert.equal(await store.accounts.get(1), null);
        assert.equal(await store.accounts.update(1, { name: 'x' }), null);
        assert.equal(await store.accounts.delete(1), false);
        assert.equal(await store.settings.get('1'), null);
      });
    });

    describe('unique fields', () => {
      it('a value that is taken is a conflict that names the field', async () => {
        await store.accounts.insert(account('a', { founder: 'founder' }));
        await assert.rejects(store.accounts.insert(account('a')), conflict('emailKey'));
        await assert.rejects(
          store.accounts.insert(account('b', { founder: 'founder' })),
          conflict('founder'),
        );
        assert.equal(await store.accounts.count(), 1);
      });

      it('nulls are not compared', async () => {
        await store.accounts.insert(account('a'));
        await store.accounts.insert(account('b'));
        assert.equal(await store.accounts.count({ founder: null }), 2);
      });

      it('an update to a value that is taken is a conflict and changes nothing', async () => {
        await store.accounts.insert(account('a'));
        const b = await store.accounts.insert(account('b'));
        await assert.rejects(
          store.accounts.update(b.id, { emailKey: 'a', name: 'changed' }),
          conflict('emailKey'),
        );
        assert.deepEqual(await store.accounts.get(b.id), b);
      });

      it('an update that keeps a unique value is no conflict', async () => {
        const a = await store.accounts.insert(account('a'));
        const changed = await store.accounts.update(a.id, { emailKey: 'a', name: 'changed' });
        assert.deepEqual(changed, { ...a, name: 'changed' });
      });

      it('a value is free once its row is deleted or changed', async () => {
        const a = await store.accounts.insert(account('a'));
        await store.accounts.update(a.id, { emailKey: 'z' });
        const b = await store.accounts.insert(account('a'));
        await store.accounts.delete(b.id);
        await store.accounts.insert(account('a'));
      });

      it('of 50 inserts at once with the same value one succeeds', async () => {
        const results = await Promise.allSettled(
          numbers(50).map(() => store.devices.insert(device('plug'))),
        );
        assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
        assert.equal(await store.devices.count(), 1);
      });

      it('values stay unique over a restart', async () => {
        await store.accounts.insert(account('a'));
        await reopen();
        await assert.rejects(store.accounts.insert(account('a')), conflict('emailKey'));
      });

      it('getBy finds the one row', async () => {
        await store.accounts.insert(account('a'));
        const b = await store.accounts.insert(account('b', { founder: 'founder' }));
        assert.deepEqual(await store.accounts.getBy('emailKey', 'b'), b);
        assert.deepEqual(await store.accounts.getBy('founder', 'founder'), b);
        assert.equal(await store.accounts.getBy('emailKey', 'c'), null);
      });
    });

    describe('insertIfAbsent', () => {
      it('S10: of 50 at once exactly one inserts and all see the same row', async () => {
        const results = await Promise.all(
          numbers(50).map((n) => store.settings.insertIfAbsent({ id: 'secret', value: n })),
        );
        assert.equal(results.filter((result) => result.inserted).length, 1);
        const standing = await store.settings.get('secret');
        for (const result of results) assert.deepEqual(result.row, standing);
      });

      it('hands out the row that has the value of a unique field', async () => {
        const first = await store.accounts.insert(account('a', { founder: 'founder' }));
        const second = await store.accounts.insertIfAbsent(account('b', { founder: 'founder' }));
        assert.deepEqual(second, { row: first, inserted: false });
        const third = await store.accounts.insertIfAbsent(account('c'));
        assert.equal(third.inserted, true);
        assert.deepEqual(await store.accounts.get(third.row.id), third.row);
      });
    });

    describe('update', () => {
      it('changes the named fields and hands out the whole row', async () => {
        const a = await store.accounts.insert(account('a'));
        const changed = await store.accounts.update(a.id, { name: 'Ama', phone: '+228' });
        assert.deepEqual(changed, { ...a, name: 'Ama', phone: '+228' });
        assert.deepEqual(await store.accounts.get(a.id), changed);
      });

      it('of 50 at once that expect the same one wins', async () => {
        await store.settings.insert({ id: 'claim', value: 'free' });
        const results = await Promise.all(
          numbers(50).map((n) => store.settings.update('claim', { value: n }, { value: 'free' })),
        );
        const won = results.filter((row) => row !== null);
        assert.equal(won.length, 1);
        assert.deepEqual(await store.settings.get('claim'), won[0]);
      });

      it('expects nested values, lists and null as a whole', async () => {
        await store.settings.insert({ id: 'a', value: { list: [1, { x: null }], b: true } });
        const expecting = (value: SettingValue): Promise<unknown> =>
          store.settings.update('a', { value: 'new' }, { value });
        assert.equal(await expecting({ list: [1], b: true }), null);
        assert.equal(await expecting({ list: [1, { x: null }] }), null);
        assert.equal(await expecting(null), null);
        assert.notEqual(await expecting({ list: [1, { x: null }], b: true }), null);
        await store.settings.update('a', { value: ['x', 'y'] });
        assert.equal(await expecting('x'), null, 'a list is not one of its items');
      });

      it('replaces a nested value as a whole', async () => {
        await store.settings.insert({ id: 'a', value: { x: 1, y: 2 } });
        await store.settings.update('a', { value: { z: 3 } });
        assert.deepEqual(await store.settings.get('a'), { id: 'a', value: { z: 3 } });
      });
    });

    describe('list', () => {
      // Two rows at each time: ids 1 and 2 at 10, 3 and 4 at 20, …
      beforeEach(async () => {
        for (const n of numbers(10)) {
          await store.audit.insert(audit(10 * Math.ceil(n / 2), n % 3 === 0 ? 'x' : 'y'));
        }
      });
      const ids = (rows: readonly AuditRow[]): number[] => rows.map((row) => row.id);

      it('hands out all rows in the order of their ids', async () => {
        assert.deepEqual(ids(await store.audit.list()), numbers(10));
        assert.deepEqual(ids(await store.audit.list({ descending: true })), numbers(10).reverse());
      });

      it('where: the rows whose fields equal these', async () => {
        assert.deepEqual(ids(await store.audit.list({ where: { action: 'x' } })), [3, 6, 9]);
        assert.deepEqual(ids(await store.audit.list({ where: { action: 'x', at: 30 } })), [6]);
        assert.deepEqual(ids(await store.audit.list({ where: { id: 4 } })), [4]);
        assert.deepEqual(ids(await store.audit.list({ where: { action: 'z' } })), []);
        assert.equal((await store.audit.list({ where: { target: null } })).length, 10);
      });

      it('range: from is in it, to is not', async () => {
        const range = { field: 'at', from: 20, to: 40 } as const;
        assert.deepEqual(ids(await store.audit.list({ range })), [3, 4, 5, 6]);
        assert.deepEqual(
          ids(await store.audit.list({ range: { field: 'at', from: 50 } })),
          [9, 10],
        );
        assert.deepEqual(ids(await store.audit.list({ range: { field: 'at', to: 20 } })), [1, 2]);
        assert.deepEqual(ids(await store.audit.list({ range, where: { action: 'x' } })), [3, 6]);
        assert.deepEqual(ids(await store.audit.list({ range: { field: 'id', from: 9 } })), [9, 10]);
      });

      it('range: rows whose field is null are left out', async () => {
        await store.devices.insert(device('a', { powerW: 5 }));
        await store.devices.insert(device('b', { powerW: null }));
        const found = await store.devices.list({ range: { field: 'powerW', to: 10 } });
        assert.deepEqual(
          found.map((row) => row.key),
          ['a'],
        );
      });

      it('range: texts compare letter by letter', async () => {
        for (const id of ['a', 'aa', 'b', 'B']) await store.settings.insert({ id, value: 0 });
        const found = await store.settings.list({ range: { field: 'id', from: 'a', to: 'b' } });
        assert.deepEqual(
          found.map((row) => row.id),
          ['a', 'aa'],
        );
      });

      it('orderBy: rows equal in it follow by id, in the same direction', async () => {
        const up = ids(await store.audit.list({ orderBy: 'action' }));
        assert.deepEqual(up, [3, 6, 9, 1, 2, 4, 5, 7, 8, 10]);
        const down = ids(await store.audit.list({ orderBy: 'action', descending: true }));
        assert.deepEqual(down, [...up].reverse());
      });

      it('orderBy: null comes first', async () => {
        await store.devices.insert(device('a', { powerW: 5 }));
        await store.devices.insert(device('b', { powerW: null }));
        const keys = async (descending: boolean): Promise<unknown[]> =>
          (await store.devices.list({ orderBy: 'powerW', descending })).map((row) => row.key);
        assert.deepEqual(await keys(false), ['b', 'a']);
        assert.deepEqual(await keys(true), ['a', 'b']);
      });

      it('S24: limit bounds how many, and 0 is none', async () => {
        assert.deepEqual(ids(await store.audit.list({ limit: 3 })), [1, 2, 3]);
        assert.deepEqual(ids(await store.audit.list({ limit: 0 })), []);
        assert.deepEqual(ids(await store.audit.list({ limit: 1000 })), numbers(10));
      });

      for (const descending of [false, true]) {
        it(`after: pages follow each other without gap or overlap${descending ? ', descending' : ''}`, async () => {
          for (const orderBy of ['id', 'at', 'action'] as const) {
            const all = await store.audit.list({ orderBy, descending });
            const paged: AuditRow[] = [];
            for (;;) {
              const last = paged.at(-1);
              const page = await store.audit.list({
                orderBy,
                descending,
                limit: 3,
                ...(last ? { after: last } : {}),
              });
              if (page.length === 0) break;
              paged.push(...page);
            }
            assert.deepEqual(paged, all);
          }
        });
      }

      it('after: goes on behind a row that was deleted meanwhile', async () => {
        const [, second] = await store.audit.list({ orderBy: 'at', limit: 2 });
        await store.audit.delete(2);
        assert.deepEqual(
          ids(await store.audit.list({ orderBy: 'at', after: second!, limit: 2 })),
          [3, 4],
        );
        const newest = (await store.audit.list({ orderBy: 'at', descending: true, limit: 1 }))[0]!;
        await store.audit.delete(newest.id);
        assert.deepEqual(
          ids(await store.audit.list({ orderBy: 'at', descending: true, after: newest, limit: 1 })),
          [9],
        );
      });

      it('count counts those that match', async () => {
        assert.equal(await store.audit.count(), 10);
        assert.equal(await store.audit.count({ action: 'x' }), 3);
        assert.equal(await store.audit.count({ action: 'z' }), 0);
      });
    });

    describe('delete', () => {
      it('of 50 deletes at once one says it was the one', async () => {
        await store.settings.insert({ id: 'a', value: 1 });
        const results = await Promise.all(numbers(50).map(() => store.settings.delete('a')));
        assert.equal(results.filter(Boolean).length, 1);
        assert.equal(await store.settings.get('a'), null);
      });

      it('deleteWhere deletes all that match and says how many', async () => {
        await store.sessions.insert(session('a', 1, 100));
        await store.sessions.insert(session('b', 1, 200));
        await store.sessions.insert(session('c', 2, 100));
        assert.equal(await store.sessions.deleteWhere({ where: { accountId: 3 } }), 0);
        assert.equal(
          await store.sessions.deleteWhere({
            where: { accountId: 1 },
            range: { field: 'expiresAt', to: 150 },
          }),
          1,
        );
        assert.equal(
          await store.sessions.deleteWhere({ range: { field: 'expiresAt', to: 201 } }),
          2,
        );
        assert.equal(await store.sessions.count(), 0);
      });

      it('deleteWhere without a condition is refused', async () => {
        await store.sessions.insert(session('a', 1, 100));
        await assert.rejects(store.sessions.deleteWhere({}));
        await assert.rejects(store.sessions.deleteWhere({ where: {} }));
        await assert.rejects(store.sessions.deleteWhere({ range: { field: 'expiresAt' } }));
        assert.equal(await store.sessions.count(), 1);
      });
    });

    describe('rows are private copies', () => {
      it('what was handed in may be changed', async () => {
        const value = { list: [1] };
        const row = { id: 'a', value };
        const inserting = store.settings.insert(row);
        value.list.push(2);
        row.id = 'b';
        await inserting;
        value.list.push(3);
        assert.deepEqual(await store.settings.get('a'), { id: 'a', value: { list: [1] } });

        const changes = { value: { list: [4] } };
        const updating = store.settings.update('a', changes);
        changes.value.list.push(5);
        await updating;
        changes.value.list.push(6);
        assert.deepEqual(await store.settings.get('a'), { id: 'a', value: { list: [4] } });
      });

      it('what was handed out may be changed', async () => {
        const original = { id: 'a', value: { list: [1] } };
        const spoil = (row: unknown): void => {
          (row as { value: { list: number[] } }).value.list.push(2);
        };
        spoil(await store.settings.insert(original));
        spoil(await store.settings.get('a'));
        spoil((await store.settings.list())[0]);
        spoil((await store.settings.insertIfAbsent({ id: 'a', value: 0 })).row);
        assert.deepEqual(await store.settings.get('a'), { id: 'a', value: { list: [1] } });
        spoil(await store.settings.update('a', { value: { list: [1] } }));
        assert.deepEqual(await store.settings.get('a'), { id: 'a', value: { list: [1] } });
      });
    });

    describe('dangerous input', () => {
      const parsed = (json: string): SettingValue => JSON.parse(json) as SettingValue;
      const dangerous = [
        '{"__proto__":{"polluted":1}}',
        '{"constructor":{"prototype":{"polluted":1}}}',
        '{"$set":{"polluted":1}}',
        '{"a.b":1}',
        '[{"deep":{"$gt":""}}]',
      ];
      for (const json of dangerous) {
        it(`S2: ${json} in a row is refused and pollutes nothing`, async () => {
          const refused = { code: 'INPUT_KEY_FORBIDDEN' };
          await store.settings.insert({ id: 'a', value: 1 });
          const value = parsed(json);
          await assert.rejects(store.settings.insert({ id: 'b', value }), refused);
          await assert.rejects(store.settings.insertIfAbsent({ id: 'b', value }), refused);
          await assert.rejects(store.settings.update('a', { value }), refused);
          await assert.rejects(
            store.settings.update('a', parsed(json) as { value: SettingValue }),
            refused,
          );
          assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
          assert.deepEqual(await store.settings.list(), [{ id: 'a', value: 1 }]);
        });
      }

      it('S1: an operator as a condition is refused, never obeyed', async () => {
        const refused = { code: 'INPUT_KEY_FORBIDDEN' };
        const anything = { $ne: null } as unknown as string;
        const row = await store.accounts.insert(account('a'));
        const where = { emailKey: anything };
        await assert.rejects(store.accounts.list({ where }), refused);
        await assert.rejects(store.accounts.count(where), refused);
        await assert.rejects(store.accounts.deleteWhere({ where }), refused);
        await assert.rejects(store.accounts.update(row.id, { name: 'x' }, where), refused);
        await assert.rejects(store.accounts.getBy('emailKey', anything), refused);
        const operator = { $where: 'true' } as unknown as Partial<AccountRow>;
        await assert.rejects(store.accounts.list({ where: operator }), refused);
        assert.equal(await store.settings.get({ $ne: null } as unknown as string), null);
        assert.deepEqual(await store.accounts.list(), [row]);
      });

      it('a value that is no data is refused', async () => {
        for (const value of [NaN, Infinity, undefined, new Date(0), (): number => 1, 1n]) {
          await assert.rejects(
            store.settings.insert({ id: 'a', value: value as unknown as SettingValue }),
            TypeError,
          );
        }
        assert.equal(await store.settings.count(), 0);
      });

      it('a row that is too long is refused, one that just fits is not', async () => {
        const spare = ROW_BYTES_MAX - JSON.stringify({ id: 'a', value: '' }).length;
        const refused = { code: 'ROW_TOO_LARGE' };
        const tooLong = 'x'.repeat(spare + 1);
        await assert.rejects(store.settings.insert({ id: 'a', value: tooLong }), refused);
        await assert.rejects(store.settings.insertIfAbsent({ id: 'a', value: tooLong }), refused);
        const value = 'x'.repeat(spare);
        await store.settings.insert({ id: 'a', value });
        await assert.rejects(store.settings.update('a', { value: tooLong }), refused);
        await assert.rejects(store.settings.update('a', { value: 'é'.repeat(spare) }), refused);
        assert.deepEqual(await store.settings.get('a'), { id: 'a', value });
      });

      it('a condition on undefined is refused rather than left out', async () => {
        await store.sessions.insert(session('a', 1, 100));
        const where = { accountId: undefined } as unknown as Partial<SessionRow>;
        await assert.rejects(store.sessions.deleteWhere({ where }), TypeError);
        assert.equal(await store.sessions.count(), 1);
      });
    });

    describe('persistence', () => {
      it('F3: what was written reads the same after a restart', async () => {
        const kept = await store.accounts.insert(account('a', { name: ODD_TEXT }));
        const gone = await store.accounts.insert(account('b'));
        await store.accounts.update(kept.id, { phone: '+228 90 00 00 00' });
        await store.accounts.delete(gone.id);
        const state = {
          id: '1',
          status: true,
          reported: { brightness: 0.1, scene: ['a', null, { deep: false }], at: 1e15 },
          online: true,
          assumed: false,
          lastSeen: null,
        };
        await store.deviceStates.insert(state);
        await reopen();
        assert.deepEqual(await store.accounts.list(), [{ ...kept, phone: '+228 90 00 00 00' }]);
        assert.deepEqual(await store.deviceStates.list(), [state]);
      });

      it('a table that was emptied opens again', async () => {
        await store.settings.insert({ id: 'a', value: 1 });
        await store.settings.delete('a');
        await reopen();
        await reopen();
        assert.equal(await store.settings.count(), 0);
      });
    });

    describe('homes that share a place', () => {
      let other: Store;
      beforeEach(async () => {
        other = await place.open('other');
      });
      afterEach(async () => {
        await other.close();
      });

      it('S12: neither sees nor touches the rows of the other', async () => {
        const mine = await store.accounts.insert(account('a', { founder: 'founder' }));
        const theirs = await other.accounts.insert(account('a', { founder: 'founder', name: 'T' }));
        assert.equal(theirs.id, mine.id, 'each home counts for itself');
        await store.settings.insert({ id: 's', value: 'mine' });
        assert.equal(await other.settings.get('s'), null);
        assert.equal(await other.settings.update('s', { value: 'theirs' }), null);
        assert.equal(await other.settings.delete('s'), false);
        assert.equal((await other.settings.insertIfAbsent({ id: 's', value: 0 })).inserted, true);
        await other.accounts.update(theirs.id, { name: 'U' });
        assert.deepEqual(await store.accounts.list(), [mine]);
        assert.equal(await other.accounts.deleteWhere({ where: { founder: 'founder' } }), 1);
        assert.deepEqual(await store.accounts.getBy('emailKey', 'a'), mine);
      });

      it('one stays open when the other closes', async () => {
        await other.close();
        await store.settings.insert({ id: 's', value: 1 });
      });
    });

    describe('close', () => {
      it('waits for writes under way', async () => {
        const writing = numbers(20).map((n) => store.audit.insert(audit(n)));
        await store.close();
        await Promise.all(writing);
        store = await place.open('home');
        assert.equal(await store.audit.count(), 20);
      });

      it('calls afterwards are refused', async () => {
        await store.close();
        const refused = { code: 'STORE_UNAVAILABLE' };
        await assert.rejects(store.settings.get('a'), refused);
        await assert.rejects(store.settings.insert({ id: 'a', value: 1 }), refused);
        await assert.rejects(store.settings.insertIfAbsent({ id: 'a', value: 1 }), refused);
        await assert.rejects(store.settings.update('a', { value: 1 }), refused);
        await assert.rejects(store.settings.delete('a'), refused);
        await assert.rejects(store.settings.deleteWhere({ where: { value: 1 } }), refused);
        await assert.rejects(store.settings.list(), refused);
        await assert.rejects(store.settings.count(), refused);
        await assert.rejects(store.accounts.getBy('emailKey', 'a'), refused);
        await assert.rejects(store.settings.restore([]), refused);
      });

      it('may be called again, also at once', async () => {
        await Promise.all([store.close(), store.close()]);
        await store.close();
      });
    });
  });

  describeRestore(name, makePlace);
  describeSeries(name, makePlace);
  describeTogether(name, makePlace);

  describe(`store on ${name}, random operations`, () => {
    let place: StorePlace | null = null;
    after(async () => place?.remove());
    describeStoreModel(async (home) => {
      place ??= await makePlace();
      return place.open(home);
    });
  });
}

/** What trips up parsers: line ends of all kinds, quotes, astral characters, half of one. */
const ODD_TEXT = 'Zoë 🏠 "\\ \r\n\v\f\u0085\u2028\u2029 \ud800 {"$x":1}';

type SettingValue = Parameters<Store['settings']['insert']>[0]['value'];
