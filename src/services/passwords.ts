import { AurionError } from '../contract/errors';
import { assertGoodPassword } from '../domain/accounts/password';
import type { PasswordHasher } from '../ports/crypto';
import type { AccountRow, ResetTokenRow, RowChanges, Store } from '../ports/store';
import { deleteSessions } from './sessions';

/** New passwords: whether they will do, and what ends when one takes the place of another. */
export class Passwords {
  constructor(
    private readonly ports: {
      readonly store: Store;
      readonly hasher: PasswordHasher;
      readonly sessions: { ended(accountId: number, except?: string): void };
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
   * Gives an account another password, as one with what comes of it: its sessions end, and links sent
   * before are void.
   * @param by the session that stays, or the link that it takes to be there still
   * @returns false if the account is gone, or its password was changed meanwhile
   * @throws RESET_TOKEN_INVALID if the link is gone
   */
  async replace(
    { id: accountId, passwordHash: before }: AccountRow,
    passwordHash: string,
    { except, link }: { readonly except?: string; readonly link?: string } = {},
  ): Promise<boolean> {
    const { store, sessions } = this.ports;
    const changed = await store.together(
      ['accounts', 'resetTokens', 'sessions'],
      async ({ accounts, resetTokens, ...rows }) => {
        if (!(await accounts.update(accountId, { passwordHash }, { passwordHash: before }))) {
          return false;
        }
        // Of several at once one deletes it.
        if (link !== undefined && !(await resetTokens.delete(link))) {
          throw new AurionError('RESET_TOKEN_INVALID');
        }
        await voidResets(resetTokens, accountId);
        await deleteSessions(rows.sessions, accountId, except);
        return true;
      },
    );
    if (changed) sessions.ended(accountId, except);
    return changed;
  }
}

/** Makes what was sent to an account that forgot its password worthless. */
export async function voidResets(
  resetTokens: Pick<RowChanges<ResetTokenRow>, 'deleteWhere'>,
  accountId: number,
): Promise<void> {
  await resetTokens.deleteWhere({ where: { accountId } });
}
