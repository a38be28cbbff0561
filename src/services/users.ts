import type { Account, AccountChange, NewAccount } from '../contract/account';
import { AurionError } from '../contract/errors';
import { emailKey } from '../contract/fields';
import type { Clock } from '../ports/clock';
import type { AccountRow, Store } from '../ports/store';
import { toAccount, withUniqueEmail } from './account-rows';
import type { Exclusive } from './exclusive';
import type { PasswordGuesses } from './password-guesses';
import type { Passwords } from './passwords';
import type { Sessions } from './sessions';

/** The accounts as an administrator keeps them. There is always one that is administrator and not disabled. */
export class Users {
  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly passwords: Passwords;
      readonly sessions: Sessions;
      readonly guesses: PasswordGuesses;
      /** What could leave a home without administrator is done one after the other, in all its processes. */
      readonly exclusive: Exclusive;
    },
  ) {}

  async list(): Promise<Account[]> {
    return (await this.ports.store.accounts.list()).map(toAccount);
  }

  /** @throws EMAIL_TAKEN, PASSWORD_REFUSED, SERVICE_BUSY */
  async create({ name, email, password, phone, role }: NewAccount): Promise<Account> {
    const { store, passwords, clock } = this.ports;
    const passwordHash = await passwords.hash(password, email);
    const row = await withUniqueEmail(() =>
      store.accounts.insert({
        name,
        email,
        emailKey: emailKey(email),
        phone: phone ?? null,
        role,
        passwordHash,
        disabled: false,
        founder: null,
        createdAt: clock.now(),
      }),
    );
    return toAccount(row);
  }

  /** Changes what may be done; the account's sessions end. @throws ACCOUNT_NOT_FOUND, ADMIN_LAST, SERVICE_BUSY */
  async change({ id, ...wanted }: AccountChange): Promise<Account> {
    return this.ports.exclusive.run(async () => {
      const before = await this.get(id);
      const role = wanted.role ?? before.role;
      const disabled = wanted.disabled ?? before.disabled;
      if (role === before.role && disabled === before.disabled) return toAccount(before);
      if (isAdministrator(before) && !isAdministrator({ role, disabled })) {
        await this.assertAnother(id);
      }
      const { store, sessions } = this.ports;
      const after = await store.accounts.update(id, { role, disabled });
      if (!after) throw new AurionError('ACCOUNT_NOT_FOUND');
      await sessions.endAll(id);
      return toAccount(after);
    });
  }

  /** @throws ACCOUNT_NOT_FOUND, ADMIN_LAST, SERVICE_BUSY */
  async remove(id: number): Promise<void> {
    await this.ports.exclusive.run(async () => {
      if (isAdministrator(await this.get(id))) await this.assertAnother(id);
      const { store, sessions, passwords, guesses } = this.ports;
      // Before and after: a token of a deleted account is an expired session, never an unknown account.
      await sessions.endAll(id);
      await store.accounts.delete(id);
      await passwords.voidResets(id);
      await guesses.forget(id);
      await sessions.endAll(id);
    });
  }

  private async get(id: number): Promise<AccountRow> {
    const row = await this.ports.store.accounts.get(id);
    if (!row) throw new AurionError('ACCOUNT_NOT_FOUND');
    return row;
  }

  private async assertAnother(id: number): Promise<void> {
    const administrators = await this.ports.store.accounts.list({ where: { role: 'admin' } });
    const another = administrators.some((row) => row.id !== id && isAdministrator(row));
    if (!another) throw new AurionError('ADMIN_LAST');
  }
}

function isAdministrator({ role, disabled }: Pick<AccountRow, 'role' | 'disabled'>): boolean {
  return role === 'admin' && !disabled;
}
