#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createBcryptHasher } from '../src/adapters/crypto/bcrypt-hasher';
import { isCommonPassword } from '../src/adapters/crypto/common-passwords';
import { openNedbStore } from '../src/adapters/store/nedb';
import { systemClock } from '../src/adapters/time/system-clock';
import { AurionError } from '../src/contract/errors';
import { emailKey } from '../src/contract/fields';
import { HOME_KEY } from '../src/contract/home-settings';
import type { Store } from '../src/ports/store';
import { Passwords } from '../src/services/passwords';
import { readPassword } from './read-password';
import type { Environment } from './settings';

/** `aurion`: what a home's keeper does on its machine, with Node-RED stopped. */

const HELP = `aurion: looks after an Aurion home on this machine, while Node-RED is stopped.

  aurion set-password <e-mail>    gives an account a new password and ends its sessions

The password is asked for on the terminal, or read from the input when that is no terminal:
  aurion set-password ama@maison.tg < file-with-the-password

  --data <folder>    the user directory (AURION_DATA, or .aurion): of your own Node-RED ~/.node-red
  --home <key>       which home (home)
  --help             this

This works on the embedded store (NeDB). It enables no account that is disabled.`;

const EXIT_BAD_OPTION = 2;

/** What cannot be done as asked; the message says why. */
class BadOption extends Error {}

const OPTIONS = {
  data: { type: 'string' },
  home: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

async function main(env: Environment, args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args);
  const [command, email, ...more] = positionals;
  if (values.help) {
    console.log(HELP);
    return;
  }
  if (command !== 'set-password') {
    throw new BadOption(command === undefined ? 'What shall I do?' : `No command "${command}"`);
  }
  if (email === undefined) throw new BadOption('Whose password? aurion set-password <e-mail>');
  if (more.length > 0) throw new BadOption('A password is no argument: others could see it there');
  const home = values.home ?? 'home';
  if (!HOME_KEY.test(home)) throw new BadOption('--home is 1 to 32 of a-z 0-9 -');
  const userDir = resolve(values.data ?? env['AURION_DATA'] ?? '.aurion');
  const folder = join(userDir, 'aurion', home, 'store');
  if (!existsSync(folder)) {
    throw new Error(
      `There is no home "${home}" in ${userDir}: --data names the user directory (npm start shows it after "Data:")`,
    );
  }
  const logger = { debug: silent, info: silent, warn: console.error, error: console.error };
  const store = await openNedbStore({ folder, logger });
  try {
    await setPassword(store, email);
  } finally {
    await store.close();
  }
  console.log(`The password of ${email} is set. All its sessions have ended.`);
}

async function setPassword(store: Store, email: string): Promise<void> {
  const account = await store.accounts.getBy('emailKey', emailKey(email));
  if (!account) throw new Error(`No account has the e-mail ${email}`);
  const sessions = {
    endAll: async (accountId: number) => {
      await store.sessions.deleteWhere({ where: { accountId } });
    },
  };
  const hasher = createBcryptHasher(systemClock);
  const passwords = new Passwords({ store, hasher, sessions }, isCommonPassword);
  const password = await readPassword(`New password of ${email}: `);
  await passwords.replace(account, await passwords.hash(password, account.email));
  await store.audit.insert({
    at: systemClock.now(),
    actor: 'cli',
    action: 'auth.set-password',
    target: `account:${account.id}`,
    requestId: null,
  });
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

main(process.env, process.argv.slice(2)).catch((error: unknown) => {
  console.error(explain(error));
  if (error instanceof BadOption) console.error('`aurion --help` says how.');
  process.exitCode = error instanceof BadOption ? EXIT_BAD_OPTION : 1;
});
