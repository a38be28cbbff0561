import type { Account, AccountChange, NewAccount } from '../contract/account';
import { AurionError } from '../contract/errors';
import { emailKey } from '../contract/fields';
import type { Clock } from '../ports/clock';
import type { AccountRow, Store } from '../ports/store';
import { toAccount, withUniqueEmail } from './account-rows';
import type { Exclusive } from './exclusive';
import { knownAddressesId } from './known-addresses';
import { voidResets, type Passwords } from './passwords';
import { deleteSessions, type Sessions } from './sessions';
import { ownSettingsId } from './settings';

const OF_AN_ACCOUNT = [
  'accounts',
  'sessions',
  'resetTokens',
  'notificationConfigs',
  'settings',
] as const;

/** The accounts as an administrator keeps them. There is always one that is administrator and not disabled. */
export class Users {
  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly clock: Clock;
      readonly passwords: Passwords;
      readonly sessions: Sessions;
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
      const after = await store.together(['accounts', 'sessions'], async (rows) => {
        const changed = await rows.accounts.update(id, { role, disabled });
        if (changed) await deleteSessions(rows.sessions, id);
        return changed;
      });
      if (!after) throw new AurionError('ACCOUNT_NOT_FOUND');
      sessions.ended(id);
      return toAccount(after);
    });
  }

  /** Deletes an account with all that is its own. @throws ACCOUNT_NOT_FOUND, ADMIN_LAST, SERVICE_BUSY */
  async remove(id: number): Promise<void> {
    await this.ports.exclusive.run(async () => {
      if (isAdministrator(await this.get(id))) await this.assertAnother(id);
      const { store, sessions } = this.ports;
      await store.together(OF_AN_ACCOUNT, async (rows) => {
        await rows.accounts.delete(id);
        await deleteSessions(rows.sessions, id);
        await voidResets(rows.resetTokens, id);
        await rows.notificationConfigs.delete(String(id));
        await rows.settings.delete(knownAddressesId(String(id)));
        await rows.settings.delete(ownSettingsId(id));
      });
      sessions.ended(id);
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
