import { createBcryptHasher } from '../src/adapters/crypto/bcrypt-hasher';
import { isCommonPassword } from '../src/adapters/crypto/common-passwords';
import { systemClock } from '../src/adapters/time/system-clock';
import { emailKey } from '../src/contract/fields';
import type { Store } from '../src/ports/store';
import { Passwords } from '../src/services/passwords';
import { readPassword } from './read-password';

/** `aurion set-password`: gives an account a new password and ends its sessions. */
export async function setPassword(store: Store, email: string): Promise<void> {
  const account = await store.accounts.getBy('emailKey', emailKey(email));
  if (!account) throw new Error(`No account has the e-mail ${email}`);
  const hasher = createBcryptHasher(systemClock);
  // Nobody has a session open here.
  const sessions = { ended: () => undefined };
  const passwords = new Passwords({ store, hasher, sessions }, isCommonPassword);
  const password = await readPassword(`New password of ${email}: `);
  await passwords.replace(account, await passwords.hash(password, account.email));
  await store.audit.insert({
    at: systemClock.now(),
    actor: 'cli',
    action: 'auth.set-password',
    target: `account:${account.id}`,
    requestId: null,
    pool: 'rights',
  });
}
