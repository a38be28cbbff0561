import type { Text } from '../../contract/language';

/** Why a database does not serve, as a cause of a STORE_… error: a code and words of ours, no host, user, query or value. */
export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure';
  constructor(
    readonly engine: 'PostgreSQL' | 'MongoDB',
    readonly reason: Text,
    readonly code: string | null,
  ) {
    super(`${engine}: ${reason.en}${code === null ? '' : ` (${code})`}`);
  }
}
