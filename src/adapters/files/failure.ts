import { AurionError } from '../../contract/errors';
import type { Text } from '../../contract/language';
import { errnoOf } from './files';

/** The disk did not take a write. The table is put back and the caller told `storeFailure(cause)`. */
export class WriteFailure extends Error {
  override readonly name = 'WriteFailure';
  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    super(`${path} could not be written: ${reasonOf(cause)}`, { cause });
  }
}

/** A failure of the file system as what the store's caller is told. */
export function storeFailure(error: unknown): AurionError {
  let full = false;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AurionError) return cause;
    full ||= ['ENOSPC', 'EDQUOT'].includes(errnoOf(cause) ?? '');
  }
  return new AurionError(full ? 'STORE_FULL' : 'STORE_UNAVAILABLE', { cause: error });
}

export function corrupt(problem: Text, cause?: unknown): AurionError {
  return new AurionError('STORE_CORRUPT', { params: { problem }, cause });
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
