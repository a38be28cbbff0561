import { AurionError } from '../../../contract/errors';
import type { Text } from '../../../contract/language';
import { DatabaseFailure } from '../database-failure';

const RETRY_AFTER_S = 5;

/** Reasons worth a word, by SQLSTATE or the network's code. What the server said itself may name rows, hosts and users, so it is never handed on. */
const REASONS: Readonly<Record<string, Text>> = {
  '28000': { fr: 'elle n’admet pas cet utilisateur', en: 'it does not let this user in' },
  '28P01': { fr: 'elle refuse le mot de passe', en: 'it does not take the password' },
  '3D000': { fr: 'cette base n’existe pas', en: 'the database does not exist' },
  '42501': { fr: 'il y manque un droit à l’utilisateur', en: 'the user lacks a privilege there' },
  '25006': { fr: 'elle est en lecture seule', en: 'it is read-only' },
  '53100': { fr: 'son disque est plein', en: 'its disk is full' },
  '53300': { fr: 'elle a trop de connexions', en: 'it has too many connections' },
  '55P03': { fr: 'un verrou n’a pas été obtenu à temps', en: 'a lock was not given in time' },
  '57014': { fr: 'elle a mis trop de temps', en: 'it took too long' },
  '57P01': {
    fr: 'elle s’arrête ou a coupé la connexion',
    en: 'it is shutting down or cut the connection',
  },
  '57P02': { fr: 'elle redémarre après une panne', en: 'it is restarting after a crash' },
  '57P03': { fr: 'elle démarre ou s’arrête', en: 'it is starting or shutting down' },
  ECONNREFUSED: { fr: 'rien n’écoute à cette adresse', en: 'nothing listens there' },
  ECONNRESET: { fr: 'la connexion a été coupée', en: 'the connection was cut' },
  ENOTFOUND: { fr: 'le nom de machine est inconnu', en: 'the host is not known' },
  EAI_AGAIN: { fr: 'le nom de machine est inconnu', en: 'the host is not known' },
  ETIMEDOUT: { fr: 'elle ne répond pas', en: 'it does not answer' },
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
  const cause = new DatabaseFailure('PostgreSQL', reason, code);
  if (code === '53100') return new AurionError('STORE_FULL', { cause });
  return new AurionError('STORE_UNAVAILABLE', { retryAfterS: RETRY_AFTER_S, cause });
}

function otherReason(error: unknown, code: string | null): Text {
  if (sqlStateOf(error) !== null) return { fr: 'elle refuse', en: 'it refuses' };
  if (code !== null) return { fr: 'elle n’est pas joignable', en: 'it cannot be reached' };
  return /timeout/i.test((error as Error).message)
    ? { fr: 'elle ne répond pas', en: 'it does not answer' }
    : { fr: 'la connexion a échoué', en: 'the connection failed' };
}
