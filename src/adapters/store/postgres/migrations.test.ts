import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { newDatabase } from '../../../../test/support/postgres';
import { runSql } from '../../../../test/support/postgres-server';
import { memoryLogger } from '../../../../test/support/test-store';
import { textOf, type AurionError } from '../../../contract/errors';
import type { Store } from '../../../ports/store';
import { openPostgresStore } from './postgres-store';
import { steps } from './schema';

describe('PostgreSQL migrations', () => {
  let url: string;
  const opened: Store[] = [];
  before(async () => {
    await newDatabase();
  });
  beforeEach(async () => {
    url = await newDatabase();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  const open = async (homeKey = 'home', at = url): Promise<Store> => {
    const store = await openPostgresStore({ url: at, homeKey, logger: memoryLogger() });
    opened.push(store);
    return store;
  };

  it('S10: eight that open an empty database at once make its tables once', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => open()));
    const rows = await Promise.all(
      stores.map((store, n) => store.settings.insertIfAbsent({ id: 'secret', value: n })),
    );
    assert.equal(rows.filter(({ inserted }) => inserted).length, 1);
    const done = await runSql(url, 'select name from aurion.steps');
    assert.deepEqual(
      done.map(({ name }) => name).sort(),
      steps()
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('a table that is declared later is made when the store opens, and the rest stays', async () => {
    const first = await open();
    await first.settings.insert({ id: 'a', value: 1 });
    await first.close();
    await runSql(url, 'drop table aurion.audit');
    await runSql(url, "delete from aurion.steps where name in ('table audit', 'index audit.at')");
    const store = await open();
    assert.equal(await store.audit.count(), 0);
    assert.deepEqual(await store.settings.get('a'), { id: 'a', value: 1 });
  });

  it('F14: the database of a newer Aurion is refused, in words', async () => {
    await open();
    await runSql(url, "insert into aurion.steps (name) values ('format 2')");
    const error = await open().then(
      () => assert.fail('it opened'),
      (reason: unknown) => reason as AurionError,
    );
    assert.equal(error.code, 'STORE_CORRUPT');
    assert.match(textOf(error, 'fr'), /version plus récente d’Aurion/);
    assert.match(textOf(error, 'en'), /newer version of Aurion/);
  });

  it('an account that may but read and write rows is enough once the tables are made', async () => {
    await open();
    const role = new URL(url).pathname.slice(1);
    await runSql(url, `create role ${role} login password 'canary'`);
    try {
      await runSql(url, `grant usage on schema aurion to ${role}`);
      const rights = 'select, insert, update, delete';
      await runSql(url, `grant ${rights} on all tables in schema aurion to ${role}`);
      const limited = new URL(url);
      limited.username = role;
      limited.password = 'canary';
      const store = await open('other', limited.href);
      assert.equal((await store.audit.insert(AUDIT)).id, 1);
      await store.close();
    } finally {
      await runSql(url, `drop owned by ${role}`);
      await runSql(url, `drop role ${role}`);
    }
  });

  it('S19: what keeps it from opening is told without host, user and password', async () => {
    const wrong = new URL(url);
    wrong.password = 'canary-wrong';
    const closed = new URL(url);
    closed.port = '1';
    const missing = new URL(url);
    missing.pathname = '/canary_missing';
    for (const [bad, reason] of [
      [wrong.href, /password/],
      [closed.href, /nothing listens/],
      [missing.href, /does not exist/],
      ['postgres://canary:canary@[bad', /./],
    ] as const) {
      const logger = memoryLogger();
      const error = await openPostgresStore({ url: bad, homeKey: 'home', logger }).then(
        () => assert.fail('it opened'),
        (one: unknown) => one as AurionError,
      );
      assert.equal(error.code, 'STORE_UNAVAILABLE');
      const told = [...logger.lines, error.message, (error.cause as Error).message].join('\n');
      assert.match(told, reason);
      assert.doesNotMatch(told, /canary|127\.0\.0\.1|localhost|select/i);
    }
  });
});

const AUDIT = { at: 0, actor: 'test', action: 'x', target: null, requestId: null };
