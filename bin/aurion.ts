#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openNedbStore } from '../src/adapters/store/nedb';
import { AurionError } from '../src/contract/errors';
import { HOME_KEY } from '../src/contract/home-settings';
import { TOPIC_PREFIX } from '../src/contract/topics';
import type { Store } from '../src/ports/store';
import { inspect, repair } from './inspect';
import { writeMosquittoFiles, type MosquittoOptions } from './mosquitto';
import { move } from './move';
import { setPassword } from './set-password';
import { givenIn, type Environment } from './environment';

/** `aurion`: what a home's keeper does on its machine, with Node-RED stopped. */

const HELP = `aurion: looks after an Aurion home on this machine, while Node-RED is stopped.

  aurion set-password <e-mail>    gives an account a new password and ends its sessions
  aurion mosquitto --out <folder> writes what gives everybody at a Mosquitto the rights of the embedded
                                  broker: a part of mosquitto.conf and an ACL of the devices there are
  aurion inspect                  tells what state the files of the embedded store are in
  aurion repair <table>           puts the last good copy of a table in its place
  aurion move --to <store>        copies the home to another store, which must be empty

The password is asked for on the terminal, or read from the input when that is no terminal:
  aurion set-password ama@maison.tg < file-with-the-password

  --data <folder>    the user directory (AURION_DATA, or .aurion): of your own Node-RED ~/.node-red
  --home <key>       which home (home)
  --prefix <topic>   mosquitto: the home's topic prefix (aurion)
  --username <name>  mosquitto: Aurion's own account there (AURION_MQTT_USERNAME, or installer)
  --port <number>    mosquitto: where it listens (1883)
  --from, --to       postgres://…, mongodb://…, or files: the embedded store in the user directory
                     (from files, to AURION_STORE_URL: others on this machine can read arguments)
  --help             this

set-password, mosquitto, inspect and repair work on the embedded store (NeDB). set-password enables no account that is disabled.`;

const EXIT_BAD_OPTION = 2;

/** What cannot be done as asked; the message says why. */
class BadOption extends Error {}

const OPTIONS = {
  data: { type: 'string' },
  home: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  out: { type: 'string' },
  prefix: { type: 'string', default: 'aurion' },
  username: { type: 'string' },
  port: { type: 'string', default: '1883' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof readArguments>['values'];

const logger = { debug: silent, info: silent, warn: console.error, error: console.error };

async function main(env: Environment, args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args);
  const [command, subject, ...more] = positionals;
  if (values.help) {
    console.log(HELP);
    return;
  }
  switch (command) {
    case 'set-password': {
      if (subject === undefined) {
        throw new BadOption('Whose password? aurion set-password <e-mail>');
      }
      if (more.length > 0) {
        throw new BadOption('A password is no argument: others could see it there');
      }
      await withStore(values, env, (store) => setPassword(store, subject));
      console.log(`The password of ${subject} is set. All its sessions have ended.`);
      return;
    }
    case 'mosquitto': {
      assertNoMore(subject);
      const options = mosquittoOptions(values, env);
      console.log(await withStore(values, env, (store) => writeMosquittoFiles(store, options)));
      return;
    }
    case 'inspect':
      assertNoMore(subject);
      process.exitCode = await inspect(storeFolder(values, env));
      return;
    case 'repair':
      if (subject === undefined) throw new BadOption('Which table? `aurion inspect` names them');
      assertNoMore(...more);
      await repair(storeFolder(values, env), subject, logger);
      return;
    case 'move': {
      assertNoMore(subject);
      const { from = 'files', to = env['AURION_STORE_URL'] } = values;
      if (to === undefined) throw new BadOption('Where to? --to, or AURION_STORE_URL');
      if (from === to) throw new BadOption('It is there already');
      if (from === 'files') storeFolder(values, env);
      await move({ from, to, homeKey: homeKey(values), folder: homeFolder(values, env), logger });
      return;
    }
    case undefined:
      throw new BadOption('What shall I do?');
    default:
      throw new BadOption(`No command "${command}"`);
  }
}

async function withStore<T>(
  values: Values,
  env: Environment,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openNedbStore({ folder: storeFolder(values, env), logger });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function mosquittoOptions(
  { out, prefix, port, username: given }: Values,
  env: Environment,
): MosquittoOptions {
  const username = given ?? env['AURION_MQTT_USERNAME'] ?? 'installer';
  if (out === undefined) throw new BadOption('Where to? aurion mosquitto --out <folder>');
  if (!TOPIC_PREFIX.test(prefix)) throw new BadOption('--prefix is levels of letters and digits');
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(username) || /^((device|sensor)-\d+|reader)$/.test(username)) {
    throw new BadOption('--username is 1 to 64 of A-Z a-z 0-9 _ . -, and no device’s nor "reader"');
  }
  if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) {
    throw new BadOption('--port is 1 to 65535');
  }
  return { out, prefix, username, port: Number(port) };
}

function assertNoMore(...more: readonly (string | undefined)[]): void {
  if (more[0] !== undefined) throw new BadOption(`What is "${more[0]}"?`);
}

function homeKey(values: Values): string {
  const home = values.home ?? 'home';
  if (!HOME_KEY.test(home)) throw new BadOption('--home is 1 to 32 of a-z 0-9 -');
  return home;
}

function userDirectory(values: Values, env: Environment): string {
  return resolve(values.data ?? env['AURION_DATA'] ?? '.aurion');
}

function homeFolder(values: Values, env: Environment): string {
  return join(userDirectory(values, env), 'aurion', homeKey(values));
}

/** The embedded store's. @throws if there is none */
function storeFolder(values: Values, env: Environment): string {
  const folder = join(homeFolder(values, env), 'store');
  if (existsSync(folder)) return folder;
  throw new Error(
    `There is no home "${homeKey(values)}" in ${userDirectory(values, env)}: --data names the user directory (npm start shows it after "Data:")`,
  );
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: true });
  } catch (error) {
    throw new BadOption((error as Error).message);
  }
}

function silent(): void {
  // Only what went wrong is told.
}

/** What to say of a failure, and what to do about it. */
function explain(error: unknown): string {
  if (error instanceof AurionError && error.code === 'STORE_LOCKED') {
    return `${error.message}\nStop Node-RED first: only one process may write there.`;
  }
  const reasons = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) reasons.push(cause.message);
  return reasons.join(' – ') || String(error);
}

main(givenIn(process.env), process.argv.slice(2)).catch((error: unknown) => {
  console.error(explain(error));
  if (error instanceof BadOption) console.error('`aurion --help` says how.');
  process.exitCode = error instanceof BadOption ? EXIT_BAD_OPTION : 1;
});
