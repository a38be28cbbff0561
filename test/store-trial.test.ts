import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { lockFolder } from '../src/adapters/store/nedb/lock';
import { openStore, tryStore } from '../src/open-store';
import { ROOT, temporaryFolder } from './support/aurion-process';
import { freePort } from './support/free-port';
import { newDatabase } from './support/postgres';
import { runSql } from './support/postgres-server';
import { memoryLogger } from './support/test-store';

const logger = memoryLogger();

describe('the trial of a store', () => {
  const folder = temporaryFolder();

  after(() => rmSync(folder, { recursive: true }));

  const trial = (url?: string, home = 'home') =>
    tryStore({ url, folder: join(folder, home), logger });

  describe('in files', () => {
    it('finds a folder that the deploy would make, and makes none', async () => {
      const { outcome, code, text } = await trial(undefined, 'new');
      assert.deepEqual([outcome, code], ['good', 'new']);
      assert.match(text.en, /new.store: the deploy makes this folder, [\d.,]+ GB free\.$/);
      assert.match(text.fr, /le déploiement crée ce dossier, [\d,\u202f\u00a0]+ Go libres\.$/);
      assert.ok(!existsSync(join(folder, 'new')));
    });

    it('F6: tells its own process from another that has the folder, and a folder that is free', async () => {
      const store = join(folder, 'home', 'store');
      mkdirSync(store, { recursive: true });
      assert.equal((await trial()).code, 'free');
      const lock = await lockFolder(store);
      assert.equal((await trial()).code, 'ours');
      await lock.release();
      const script = `require('ts-node/register');
        require('./src/adapters/store/nedb/lock').lockFolder(process.argv[1])
          .then(() => process.stdout.write('locked'));setInterval(() => {}, 1000)`;
      const child = spawn(process.execPath, ['-e', script, store], { cwd: ROOT });
      await once(child.stdout, 'data');
      const { outcome, code } = await trial();
      assert.deepEqual([outcome, code], ['bad', 'locked']);
      child.kill('SIGKILL');
      await once(child, 'exit');
      assert.equal((await trial()).code, 'free', 'the lock of a dead process');
    });

    it('says that it may not write where a file is in the way', async () => {
      writeFileSync(join(folder, 'file'), '');
      assert.equal((await trial(undefined, 'file')).code, 'ENOTDIR');
    });
  });

  describe('in PostgreSQL', () => {
    let url: string;

    before(async () => {
      url = await newDatabase();
    });

    const changed = (
      change: Partial<Record<'password' | 'username' | 'pathname' | 'hostname' | 'port', string>>,
    ) => Object.assign(new URL(url), change).href;

    it('finds a database without our tables and makes none, then one with them', async () => {
      const empty = await trial(url);
      assert.deepEqual([empty.outcome, empty.code], ['good', 'empty']);
      assert.match(empty.text.en, /^PostgreSQL \d+(\.\d+)? answers; /);
      const schemas = "select 1 from pg_namespace where nspname = 'aurion'";
      assert.deepEqual(await runSql(url, schemas), []);
      await (await openStore({ url, homeKey: 'home', folder, logger })).close();
      assert.equal((await trial(url)).code, 'ready');
      await runSql(url, "delete from aurion.steps where name like 'index %'");
      assert.equal((await trial(url)).code, 'older');
      await runSql(url, "insert into aurion.steps (name) values ('format 99')");
      assert.equal((await trial(url)).code, 'STORE_CORRUPT');
    });

    it('tells a wrong password, and shows no part of the address', async () => {
      const verdict = await trial(changed({ password: 'canary-wrong' }));
      assert.deepEqual([verdict.outcome, verdict.code], ['bad', '28P01']);
      assert.equal(verdict.text.fr, 'PostgreSQL : elle refuse le mot de passe (28P01).');
      assert.ok(!JSON.stringify(verdict).includes('canary'));
    });

    it('tells a database, a host, a server that is not there', async () => {
      assert.equal((await trial(changed({ pathname: '/nowhere' }))).code, '3D000');
      assert.equal((await trial(changed({ hostname: 'nowhere.invalid' }))).code, 'ENOTFOUND');
      assert.equal((await trial(changed({ port: String(await freePort()) }))).code, 'ECONNREFUSED');
    });

    it('says that the user may make no tables', async () => {
      const bare = await newDatabase();
      await runSql(bare, "create role guest_of_trial login password 'guest'");
      try {
        const as = new URL(bare);
        [as.username, as.password] = ['guest_of_trial', 'guest'];
        const { outcome, code } = await trial(as.href);
        assert.deepEqual([outcome, code], ['bad', 'no-privilege']);
      } finally {
        await runSql(bare, 'drop role guest_of_trial');
      }
    });
  });

  describe('in MongoDB', () => {
    it('tells a server and a host that are not there, and an address that can’t be read', async () => {
      const [nobody, unknown] = await Promise.all([
        trial(`mongodb://127.0.0.1:${await freePort()}/aurion`),
        trial('mongodb://user:canary@nowhere.invalid/aurion'),
      ]);
      assert.match(nobody.text.en, /^MongoDB: nothing listens there/);
      assert.match(unknown.text.en, /^MongoDB: the host is not known/);
      assert.ok(!JSON.stringify(unknown).includes('canary'));
      assert.match(
        (await trial('mongodb://a:b:c@@/')).text.en,
        /^MongoDB: the address can not be read/,
      );
    });
  });

  it('gives up on one that says nothing, within 10 s', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined).resume());
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    try {
      const startedAt = performance.now();
      const verdicts = await Promise.all([
        trial(`postgres://u:p@127.0.0.1:${port}/d`),
        trial(`mongodb://127.0.0.1:${port}/d`),
      ]);
      for (const { outcome, text } of verdicts) {
        assert.equal(outcome, 'bad');
        assert.match(text.en, /does not answer/);
      }
      assert.ok(performance.now() - startedAt < 10_000);
    } finally {
      mute.close();
    }
  });

  it('names the addresses there are for any other', async () => {
    const { code, text } = await trial('mysql://user:canary@host/db');
    assert.equal(code, 'STORE_URL_INVALID');
    assert.ok(!text.en.includes('canary'));
  });
});
