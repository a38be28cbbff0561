import { createBcryptHasher } from '../../src/adapters/crypto/bcrypt-hasher';
import { sha256 } from '../../src/adapters/crypto/digest';
import { createJwtTokens } from '../../src/adapters/crypto/jwt-tokens';
import { systemRandom } from '../../src/adapters/crypto/random';
import type { Language } from '../../src/contract/language';
import type { Clock } from '../../src/ports/clock';
import type { Notifier } from '../../src/ports/notifier';
import type { Store } from '../../src/ports/store';
import { Accounts } from '../../src/services/accounts';
import { Attempts } from '../../src/services/attempts';
import { Exclusive } from '../../src/services/exclusive';
import { PasswordGuesses } from '../../src/services/password-guesses';
import { PasswordReset } from '../../src/services/password-reset';
import { Passwords } from '../../src/services/passwords';
import { Sessions } from '../../src/services/sessions';
import { SharedTurns } from '../../src/services/turns';
import { Users } from '../../src/services/users';
import { memoryLogger } from './test-store';

export const HERE = { loopback: true, address: '127.0.0.1' };
export const ELSEWHERE = { loopback: false, address: '192.0.2.7' };
export const DAY_MS = 86_400_000;

/** Somebody with a good password. */
export const person = (name: string) => ({
  name,
  email: `${name}@maison.tg`,
  password: `${name} aime la mer`,
});

/** A call from somewhere; what it is about is nobody's business here. */
export const from = (origin: { loopback: boolean; address: string | null }) => ({
  origin,
  about: () => undefined,
});

export interface PeopleOptions {
  readonly registration?: 'open' | 'closed';
  readonly rateLimit?: boolean;
  readonly notifier?: Notifier | null;
  readonly publicUrl?: string | null;
  readonly language?: Language;
}

/** All that has to do with accounts in one process. Two of them on one store are two processes of one home. */
export function peopleOf(store: Store, clock: Clock, options: PeopleOptions = {}) {
  const { registration = 'open', rateLimit = true, notifier = null } = options;
  const random = systemRandom;
  const digest = sha256;
  const tokens = createJwtTokens({ secret: 'e7Yq0f3vR1kTzL9wB5nXcM2sJhPdUaGo', homeKey: 'home' });
  const logger = memoryLogger();
  const turns = new SharedTurns({ store, clock, random, logger });
  const sessions = new Sessions({ store, tokens, clock, random, logger }, 7 * DAY_MS);
  const hasher = createBcryptHasher(clock, 4);
  const attempts = new Attempts(
    { store, clock, random, digest, logger },
    { enabled: rateLimit, salt: 'sel' },
  );
  const guesses = new PasswordGuesses({ store, clock, attempts });
  const passwords = new Passwords({ store, hasher, sessions }, (text) => text === 'motdepasse');
  const accounts = new Accounts(
    { store, hasher, clock, sessions, passwords, attempts, guesses, logger, notifier },
    { language: options.language ?? 'fr', registration, isSetupCode: (code) => code === 'sesame' },
  );
  const exclusive = new Exclusive(turns, 'administrators');
  const users = new Users({ store, clock, passwords, sessions, exclusive });
  const reset = new PasswordReset(
    { store, clock, random, digest, logger, attempts, passwords, notifier },
    { language: options.language ?? 'fr', publicUrl: options.publicUrl ?? null },
  );
  return { accounts, sessions, users, reset, attempts, guesses, logger };
}
