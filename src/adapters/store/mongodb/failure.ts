import { MongoError, MongoServerError } from 'mongodb';
import { AurionError } from '../../../contract/errors';
import type { Text } from '../../../contract/language';
import { DatabaseFailure } from '../database-failure';

const RETRY_AFTER_S = 5;
const DUPLICATE_KEY = 11_000;
const OUT_OF_DISK_SPACE = 14_031;

/** Two rows or points may not have the same of something. */
export function isDuplicate(error: unknown): error is MongoServerError {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/** Which field is taken, by the name of the index (errors of bulk writes tell it in their message only). */
export function duplicateField(error: MongoServerError): string {
  return /index: home_1_k\.(\w+)_1\b/.exec(error.message)?.[1] ?? 'id';
}

/**
 * A failure of MongoDB as what the store's caller is told: STORE_FULL, or STORE_UNAVAILABLE with a
 * time to try again. Its cause holds the kind of failure, no query, host, user or value.
 */
export function mongoFailure(error: unknown): AurionError {
  if (error instanceof AurionError) return error;
  const code = error instanceof MongoServerError ? error.code : undefined;
  const kind = error instanceof MongoError ? error.name : null;
  const known = [kind, code].filter((each) => each !== null && each !== undefined).join(' ');
  const cause = new DatabaseFailure('MongoDB', reasonOf(error), known === '' ? null : known);
  if (code === OUT_OF_DISK_SPACE) return new AurionError('STORE_FULL', { cause });
  return new AurionError('STORE_UNAVAILABLE', { retryAfterS: RETRY_AFTER_S, cause });
}

/** Reasons worth a word: the server's codes, and what the driver says of the way there. */
const OF_CODE: Readonly<Record<number, Text>> = {
  13: { fr: 'il y manque un droit à l’utilisateur', en: 'the user lacks a privilege there' },
  18: {
    fr: 'elle refuse l’utilisateur ou le mot de passe (authSource manque-t-il à l’adresse ?)',
    en: 'it does not take the user or the password (does the address lack authSource?)',
  },
  8000: {
    fr: 'elle refuse l’utilisateur ou le mot de passe',
    en: 'it does not take the user or the password',
  },
};
const OF_WAY: readonly (readonly [RegExp, Text])[] = [
  [/ECONNREFUSED/, { fr: 'rien n’écoute à cette adresse', en: 'nothing listens there' }],
  [/ENOTFOUND|EAI_AGAIN/, { fr: 'le nom de machine est inconnu', en: 'the host is not known' }],
  [
    /certificate|self.signed|SSL|TLS/i,
    { fr: 'TLS échoue : certificat ou réglage', en: 'TLS fails: a certificate or a setting' },
  ],
  [/timed? ?out/i, { fr: 'elle ne répond pas', en: 'it does not answer' }],
];

function reasonOf(error: unknown): Text {
  const { name, message } = error as Error;
  const said = error instanceof MongoServerError ? OF_CODE[Number(error.code)] : undefined;
  if (said) return said;
  if (error instanceof MongoServerError) return { fr: 'elle refuse', en: 'it refuses' };
  // There are two classes of this name.
  if (name === 'MongoParseError') {
    return { fr: 'l’adresse n’est pas lisible', en: 'the address can not be read' };
  }
  const found = OF_WAY.find(([pattern]) => pattern.test(message));
  return found?.[1] ?? { fr: 'la connexion a échoué', en: 'the connection failed' };
}
