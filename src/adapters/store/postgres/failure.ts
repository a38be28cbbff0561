import { AurionError } from '../../../contract/errors';

const RETRY_AFTER_S = 5;

/** Reasons worth a word, by SQLSTATE or the network's code. What the server said itself may name rows, hosts and users, so it is never handed on. */
const REASONS: Readonly<Record<string, string>> = {
  '28000': 'it does not let this user in',
  '28P01': 'it does not take the password',
  '3D000': 'the database does not exist',
  '42501': 'the user lacks a privilege there',
  '25006': 'it is read-only',
  '53100': 'its disk is full',
  '53300': 'it has too many connections',
  '55P03': 'a lock was not given in time',
  '57014': 'it took too long',
  '57P01': 'it is shutting down or cut the connection',
  '57P02': 'it is restarting after a crash',
  '57P03': 'it is starting or shutting down',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'the host is not known',
  ETIMEDOUT: 'it does not answer',
};

/** The SQLSTATE of an error that the server itself reported; null where the connection failed. */
export function sqlStateOf(error: unknown): string | null {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof severity === 'string' && typeof code === 'string' ? code : null;
}

/** The transaction was rolled back for sure, and may succeed the next time. */
export function isRolledBack(error: unknown): boolean {
  return ['40001', '40P01'].includes(sqlStateOf(error) ?? '');
}

/** The connection is of no use any more; what became of the statement is not known. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof AurionError) return false;
  const state = sqlStateOf(error);
  return state === null || state.startsWith('08') || /^57P0[1-4]$/.test(state);
}

/**
 * A failure of PostgreSQL as what the store's caller is told: STORE_FULL, or STORE_UNAVAILABLE with a
 * time to try again. Its cause holds a code and a word of ours, no SQL, host, user or value.
 */
export function postgresFailure(error: unknown): AurionError {
  if (error instanceof AurionError) return error;
  const errno = (error as { code?: unknown }).code;
  const code = sqlStateOf(error) ?? (typeof errno === 'string' ? errno : null);
  const reason = (code === null ? undefined : REASONS[code]) ?? otherReason(error, code);
  const cause = new Error(`PostgreSQL: ${reason}${code === null ? '' : ` (${code})`}`);
  if (code === '53100') return new AurionError('STORE_FULL', { cause });
  return new AurionError('STORE_UNAVAILABLE', { retryAfterS: RETRY_AFTER_S, cause });
}

function otherReason(error: unknown, code: string | null): string {
  if (sqlStateOf(error) !== null) return 'it refuses';
  if (code !== null) return 'it cannot be reached';
  return /timeout/i.test((error as Error).message) ? 'it does not answer' : 'the connection failed';
}
