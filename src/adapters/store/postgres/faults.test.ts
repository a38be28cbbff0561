import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { Client } from 'pg';
import {
  runSql,
  startPostgres,
  type PostgresServer,
} from '../../../../test/support/postgres-server';
import { memoryLogger } from '../../../../test/support/test-store';
import type { AurionError } from '../../../contract/errors';
import type { Store } from '../../../ports/store';
import { openPostgresStore } from './postgres-store';

const WRITERS = 20;
/** How long a call may take while the server is away: waiting for a connection, twice at most. */
const BOUND_MS = 7000;

describe('PostgreSQL store when the server fails', () => {
  let server: PostgresServer;
  let store: Store;
  let logger: ReturnType<typeof memoryLogger>;
  let homes = 0;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server.remove());
  beforeEach(async () => {
    logger = memoryLogger();
    const homeKey = `home-${(homes += 1)}`;
    const { url } = server;
    store = await openPostgresStore({ url, homeKey, logger, statementTimeoutMs: 500 });
  });
  afterEach(() => store.close());

  it('F2: stopped and started under load: every acknowledged write is there, and it heals', async () => {
    const load = new Load(store);
    await load.acknowledges(200);
    await server.stop();
    await load.fails(50);
    await server.start();
    const startedAtMs = performance.now();
    await load.acknowledges(200);
    assert.ok(performance.now() - startedAtMs < 10_000);
    await load.end();
    await load.assertKept();
    assert.deepEqual(
      logger.lines.map((line) => line.replace(/:.*/, '')),
      ['error', 'info'],
      'told once, and once that it is over',
    );
  });

  it('connections cut under load: every acknowledged write is there', async () => {
    const load = new Load(store);
    await load.acknowledges(200);
    for (let cut = 0; cut < 10; cut += 1) {
      await runSql(
        server.url,
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'aurion'",
      );
      await load.acknowledges(50);
    }
    await load.end();
    await load.assertKept();
  });

  it('a connection lost while idle is nobody’s failure', async () => {
    await store.settings.insert({ id: 'a', value: 1 });
    await runSql(
      server.url,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'aurion'",
    );
    assert.deepEqual(await store.settings.get('a'), { id: 'a', value: 1 });
  });

  it('a network that swallows everything: STORE_UNAVAILABLE in bounded time, then it works', async () => {
    const url = new URL(server.url);
    const network = new SilentNetwork(Number(url.port));
    url.port = String(await network.open());
    const options = { homeKey: 'far', logger, connectTimeoutMs: 500, statementTimeoutMs: 200 };
    const far = await openPostgresStore({ url: url.href, ...options });
    try {
      await far.settings.insert({ id: 'a', value: 1 });
      network.swallow();
      const startedAtMs = performance.now();
      const refused = { code: 'STORE_UNAVAILABLE', retryAfterS: 5 };
      const calls = [far.settings.insert({ id: 'b', value: 1 }), far.settings.get('a')];
      await Promise.all(calls.map((call) => assert.rejects(call, refused)));
      assert.ok(performance.now() - startedAtMs < BOUND_MS);
      network.heal();
      assert.deepEqual(await far.settings.get('a'), { id: 'a', value: 1 });
    } finally {
      await far.close();
      network.close();
    }
  });

  it('a server that takes too long: STORE_UNAVAILABLE with a time to try again, then it works', async () => {
    await store.settings.insert({ id: 'a', value: 1 });
    const other = new Client({ connectionString: server.url });
    await other.connect();
    try {
      await other.query('begin; lock table aurion.settings in access exclusive mode');
      const startedAtMs = performance.now();
      const calls = [
        store.settings.get('a'),
        store.settings.update('a', { value: 2 }),
        store.settings.insert({ id: 'b', value: 1 }),
      ];
      const refused = { code: 'STORE_UNAVAILABLE', retryAfterS: 5 };
      await Promise.all(calls.map((call) => assert.rejects(call, refused)));
      assert.ok(performance.now() - startedAtMs < 2000);
      await other.query('rollback');
    } finally {
      await other.end();
    }
    assert.deepEqual(await store.settings.list(), [{ id: 'a', value: 1 }]);
    assert.ok(logger.lines.every((line) => !/settings|select|canary|127/i.test(line)));
  });
});

/** A way to a server on which nothing comes through any more, and nobody is told. */
class SilentNetwork {
  readonly #sockets = new Set<Socket>();
  #silent = false;
  readonly #proxy: Server;

  constructor(port: number) {
    this.#proxy = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (chunk: Buffer) => this.#silent || to.write(chunk));
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
      }
    });
  }

  async open(): Promise<number> {
    await once(this.#proxy.listen(0, '127.0.0.1'), 'listening');
    return (this.#proxy.address() as AddressInfo).port;
  }

  swallow(): void {
    this.#silent = true;
  }

  heal(): void {
    this.#silent = false;
  }

  close(): void {
    this.#proxy.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Writers that insert rows, each as soon as its last one is answered. */
class Load {
  readonly #acknowledged: string[] = [];
  readonly #asked: string[] = [];
  #failed = 0;
  #ended = false;
  readonly #writers: Promise<void>[];

  constructor(private readonly store: Store) {
    this.#writers = Array.from({ length: WRITERS }, () => this.#write());
  }

  async #write(): Promise<void> {
    while (!this.#ended) {
      const id = `${this.#asked.length}`;
      this.#asked.push(id);
      const startedAtMs = performance.now();
      try {
        await this.store.settings.insert({ id, value: id });
        this.#acknowledged.push(id);
      } catch (error) {
        assert.equal((error as AurionError).code, 'STORE_UNAVAILABLE');
        assert.ok(((error as AurionError).retryAfterS ?? 0) > 0);
        this.#failed += 1;
        await delay(20); // As one who is told to try later.
      }
      assert.ok(performance.now() - startedAtMs < BOUND_MS, 'answered in bounded time');
    }
  }

  acknowledges(more: number): Promise<void> {
    const target = this.#acknowledged.length + more;
    return this.#until(() => this.#acknowledged.length >= target);
  }

  fails(more: number): Promise<void> {
    const target = this.#failed + more;
    return this.#until(() => this.#failed >= target);
  }

  async #until(reached: () => boolean): Promise<void> {
    const writing = Promise.all(this.#writers).then(() => assert.fail('the writers ended'));
    while (!reached()) await Promise.race([writing, delay(10)]);
    writing.catch(() => undefined);
  }

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#writers);
  }

  /** Each acknowledged row is there, and none that nobody asked for. */
  async assertKept(): Promise<void> {
    const kept = new Set((await this.store.settings.list()).map(({ id }) => id));
    assert.deepEqual(
      this.#acknowledged.filter((id) => !kept.has(id)),
      [],
    );
    assert.ok([...kept].every((id) => this.#asked.includes(id)));
  }
}
