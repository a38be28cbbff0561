import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { AurionError } from '../../contract/errors';
import type { Store } from '../../ports/store';
import { account, conflict, session } from './rows.suite';
import type { StorePlace } from './store-place.suite';
import { often } from '../../../test/support/often';

const REFUSED = new AurionError('ACCESS_DENIED');

/** What every adapter promises of rows that are changed together (QUALITY M19). */
export function describeTogether(name: string, makePlace: () => Promise<StorePlace>): void {
  describe(`rows changed together on ${name}`, () => {
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
    const rows = async () => ({
      accounts: await store.accounts.list(),
      sessions: await store.sessions.list(),
    });

    it('M19: all of it is there, also after a restart, and what it answers is handed out', async () => {
      const id = await store.together(['accounts', 'sessions'], async ({ accounts, sessions }) => {
        const made = await accounts.insert(account('a'));
        await sessions.insert(session('s', made.id, 9));
        assert.equal((await accounts.get(made.id))?.emailKey, 'a');
        return made.id;
      });
      assert.equal(id, 1);
      for (const restart of [() => Promise.resolve(), reopen]) {
        await restart();
        const { accounts, sessions } = await rows();
        assert.deepEqual([accounts.length, sessions], [1, [session('s', 1, 9)]]);
      }
      assert.equal((await store.accounts.insert(account('b'))).id, 2);
    });

    it('M19: what it throws undoes each kind of write in each table, also after a restart', async () => {
      await store.accounts.insert(account('a'));
      await store.accounts.insert(account('b'));
      for (const id of ['s', 't', 'u']) await store.sessions.insert(session(id, 1, 9));
      const before = await rows();
      const changing = store.together(['accounts', 'sessions'], async ({ accounts, sessions }) => {
        await accounts.insert(account('c'));
        await accounts.update(1, { name: 'B' });
        await accounts.delete(2);
        assert.equal(await sessions.delete('u'), true);
        assert.equal(await sessions.deleteWhere({ where: { accountId: 1 } }), 2);
        await sessions.insert(session('v', 1, 9));
        throw REFUSED;
      });
      await assert.rejects(changing, REFUSED);
      assert.deepEqual(await rows(), before);
      await reopen();
      assert.deepEqual(await rows(), before);
      assert.ok((await store.accounts.insert(account('c'))).id > 2);
    });

    it('M19: a value that is taken in the second table undoes the first', async () => {
      await store.sessions.insert(session('s', 1, 9));
      const changing = store.together(['accounts', 'sessions'], async ({ accounts, sessions }) => {
        const { id } = await accounts.insert(account('a'));
        await sessions.insert(session('s', id, 9));
      });
      await assert.rejects(changing, conflict('id'));
      await reopen();
      assert.deepEqual((await rows()).accounts, []);
    });

    it('nobody else sees a part of it', async () => {
      const meanwhile: Promise<number>[] = [];
      const changing = store.together(['accounts', 'sessions'], async ({ accounts, sessions }) => {
        await accounts.insert(account('a'));
        meanwhile.push(store.accounts.count());
        await sessions.insert(session('s', 1, 9));
        throw REFUSED;
      });
      await assert.rejects(changing, REFUSED);
      assert.deepEqual([...new Set(await Promise.all(meanwhile))], [0]);
    });

    it('of several at once that expect the same, one changes anything', async () => {
      await store.accounts.insert(account('a'));
      const changed = await Promise.all(
        [1, 2, 3, 4, 5].map((n) =>
          store.together(['sessions', 'accounts'], async ({ accounts, sessions }) => {
            if (!(await accounts.update(1, { name: `${n}` }, { name: 'A' }))) return false;
            await sessions.insert(session(`${n}`, 1, 9));
            return true;
          }),
        ),
      );
      assert.equal(changed.filter((each) => each).length, 1);
      const { accounts, sessions } = await rows();
      assert.deepEqual(
        sessions.map(({ id }) => id),
        accounts.map(({ name }) => name),
      );
    });

    it('many at once, beside single writes, come to what they say', async () => {
      await Promise.all(
        Array.from({ length: 30 }, async (_each, n) => {
          if (n % 3 === 0) return store.sessions.insert(session(`s${n}`, 0, n));
          const names = n % 3 === 1 ? ['accounts', 'sessions'] : ['sessions', 'accounts'];
          return store.together(names as ('accounts' | 'sessions')[], async (tables) => {
            const { id } = await tables.accounts.insert(account(`a${n}`));
            await tables.sessions.insert(session(`s${n}`, id, n));
          });
        }),
      );
      await reopen();
      const { accounts, sessions } = await rows();
      assert.deepEqual([accounts.length, sessions.length], [20, 30]);
      for (const { id, emailKey } of accounts) {
        assert.equal((await store.sessions.get(emailKey.replace('a', 's')))?.accountId, id);
      }
    });

    it('a store that is closed refuses it, and waits for one that is under way', async () => {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((done) => (resolve = done));
      const changing = store.together(['accounts', 'sessions'], async ({ accounts, sessions }) => {
        await promise;
        await accounts.insert(account('a'));
        await sessions.insert(session('s', 1, 9));
      });
      const closing = store.close();
      resolve();
      await changing;
      await closing;
      await assert.rejects(
        store.together(['accounts'], () => Promise.resolve()),
        { code: 'STORE_UNAVAILABLE' },
      );
      store = await place.open('home');
      assert.equal((await rows()).accounts.length, 1);
    });

    it('M19: over any changes, those that end well are there and the others are not', async function () {
      this.timeout(120_000);
      const step = fc.record({ key: fc.nat(5), delete: fc.boolean() });
      const change = fc.record({ steps: fc.array(step, { maxLength: 4 }), fails: fc.boolean() });
      let homes = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 8 }), async (changes) => {
          const home = `together-${(homes += 1)}`;
          let mine = await place.open(home);
          const model = { attempts: new Set<string>(), turns: new Set<string>() };
          for (const { steps, fails } of changes) {
            const after = { attempts: new Set(model.attempts), turns: new Set(model.turns) };
            const done = mine.together(['attempts', 'turns'], async ({ attempts, turns }) => {
              for (const { key, delete: gone } of steps) {
                const id = String(key);
                await attempts.delete(id);
                await turns.delete(id);
                for (const one of [after.attempts, after.turns]) one.delete(id);
                if (gone) continue;
                await attempts.insert({ id, subject: 'x', at: key });
                await turns.insert({ id, holder: 'x', until: key });
                for (const one of [after.attempts, after.turns]) one.add(id);
              }
              if (fails) throw REFUSED;
            });
            if (fails) await assert.rejects(done, REFUSED);
            else {
              await done;
              Object.assign(model, after);
            }
          }
          for (const restart of [false, true]) {
            if (restart) {
              await mine.close();
              mine = await place.open(home);
            }
            for (const table of ['attempts', 'turns'] as const) {
              const ids = (await mine[table].list()).map(({ id }) => id);
              assert.deepEqual(ids, [...model[table]].sort());
            }
          }
          await mine.close();
        }),
        { numRuns: often(15) },
      );
    });
  });
}
