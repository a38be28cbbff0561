import { assertGoodPassword } from '../domain/accounts/password';
import type { PasswordHasher } from '../ports/crypto';
import type { AccountRow, Store } from '../ports/store';

/** New passwords: whether they will do, and what ends when one takes the place of another. */
export class Passwords {
  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly hasher: PasswordHasher;
      readonly sessions: { endAll(accountId: number, except?: string): Promise<void> };
    },
    private readonly isCommon: (lowerCase: string) => boolean,
  ) {}

  /**
   * A new password's hash.
   * @param field the input's field that holds it
   * @throws PASSWORD_REFUSED, SERVICE_BUSY
   */
  async hash(password: string, email: string, field?: string): Promise<string> {
    assertGoodPassword(password, email, this.isCommon, field);
    return this.ports.hasher.hash(password);
  }

  /**
   * Gives an account another password: its sessions end, and links sent before are void.
   * @param except the session that stays
   * @returns false if the account is gone, or its password was changed meanwhile
   */
  async replace(account: AccountRow, passwordHash: string, except?: string): Promise<boolean> {
    const { store, sessions } = this.ports;
    const expected = { passwordHash: account.passwordHash };
    const changed = await store.accounts.update(account.id, { passwordHash }, expected);
    if (!changed) return false;
    await this.voidResets(account.id);
    await sessions.endAll(account.id, except);
    return true;
  }

  /** Makes what was sent to an account that forgot its password worthless. */
  async voidResets(accountId: number): Promise<void> {
    await this.ports.store.resetTokens.deleteWhere({ where: { accountId } });
  }
}
