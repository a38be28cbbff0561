import { randomBytes } from 'node:crypto';
import { after } from 'mocha';
import { runSql, startPostgres } from './postgres-server';

let shared: Promise<{ url: string; remove(): Promise<void> }> | undefined;
let databases = 0;

after(async () => {
  const server = await shared?.catch(() => undefined);
  shared = undefined;
  await server?.remove();
});

/**
 * The URL of a new database: on the server that `POSTGRES_URL` names (its user must be allowed to
 * make databases), else on one that the first call starts and that stops after all tests.
 */
export async function newDatabase(): Promise<string> {
  const given = process.env['POSTGRES_URL'];
  shared ??= given === undefined ? startPostgres() : onGivenServer(given);
  const { url } = await shared;
  const name = `aurion_test_${randomBytes(4).toString('hex')}_${(databases += 1)}`;
  await runSql(url, `create database ${name}`);
  made.push(name);
  const database = new URL(url);
  database.pathname = `/${name}`;
  return database.href;
}

const made: string[] = [];

async function onGivenServer(url: string): Promise<{ url: string; remove(): Promise<void> }> {
  await runSql(url, 'select 1');
  return {
    url,
    async remove() {
      for (const name of made.splice(0)) await runSql(url, `drop database ${name} with (force)`);
    },
  };
}
