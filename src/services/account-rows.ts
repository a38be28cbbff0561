import type { Account, User } from '../contract/account';
import { AurionError } from '../contract/errors';
import { UniqueConflict, type AccountRow } from '../ports/store';

/** An account as it sees itself. */
export function toUser({ id, name, email, phone, role }: AccountRow): User {
  return { id, name, email, phone, role };
}

/** An account as administrators see it. */
export function toAccount(row: AccountRow): Account {
  const { disabled, createdAt } = row;
  return { ...toUser(row), disabled, createdAt: new Date(createdAt).toISOString() };
}

/** @throws EMAIL_TAKEN where `write` finds the e-mail taken */
export async function withUniqueEmail<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof UniqueConflict && error.field === 'emailKey') {
      throw new AurionError('EMAIL_TAKEN', { cause: error });
    }
    throw error;
  }
}
