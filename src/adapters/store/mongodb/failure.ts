import { MongoError, MongoServerError } from 'mongodb';
import { AurionError } from '../../../contract/errors';

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
  const kind = error instanceof MongoError ? error.name : 'failed';
  const cause = new Error(`MongoDB: ${kind}${code === undefined ? '' : ` (${String(code)})`}`);
  if (code === OUT_OF_DISK_SPACE) return new AurionError('STORE_FULL', { cause });
  return new AurionError('STORE_UNAVAILABLE', { retryAfterS: RETRY_AFTER_S, cause });
}
