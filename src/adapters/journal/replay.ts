import { readFile } from 'node:fs/promises';
import type { Logger } from '../../ports/logger';
import { storeFailure } from '../files/failure';
import { cutFile, orMissing } from '../files/files';
import { readFrames } from './frame';
import type { Segment } from './segment';

const DAMAGES_LISTED = 5;

/**
 * Gives the records of a file that an earlier run left, and cuts off what it never finished. Damaged
 * records stay in the file and are reported, as is all else that is missing. Resolves with whether
 * the file is there.
 * @throws STORE_UNAVAILABLE if it cannot be read or cut
 */
export async function replaySegment(
  segment: Segment,
  apply: (record: string) => void,
  logger: Logger,
): Promise<boolean> {
  const { path } = segment;
  const bytes = await fromDisk(orMissing(readFile(path)));
  if (bytes === null) {
    logger.error(`${path} was deleted: its records are lost`);
    return false;
  }
  if (bytes.length === 0) {
    logger.warn(`${path} is empty: its first record was never finished, or its records are lost`);
    return true;
  }
  const damaged: string[] = [];
  const end = readFrames(bytes, {
    record: apply,
    damaged: (offset, length) => damaged.push(`${length} bytes at ${offset}`),
  });
  if (damaged.length > 0) {
    const listed = damaged.slice(0, DAMAGES_LISTED);
    if (damaged.length > DAMAGES_LISTED) listed.push('…');
    logger.error(`${path}: left out ${damaged.length} damaged records (${listed.join(', ')})`);
  }
  if (end < bytes.length) {
    logger.warn(`${path}: cut off ${bytes.length - end} bytes of a record that was never finished`);
    await fromDisk(cutFile(path, end));
    segment.cutTo(end);
  }
  return true;
}

async function fromDisk<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw storeFailure(error);
  }
}
