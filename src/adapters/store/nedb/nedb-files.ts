import { join } from 'node:path';
import { SERIES, TABLES, type SeriesName, type TableName } from '../../../ports/store';
import type { FileName } from './counters';

/** What has a file of its own in a home's folder. */
export const FILE_NAMES: readonly FileName[] = [
  ...(Object.keys(TABLES) as TableName[]),
  ...(Object.keys(SERIES) as SeriesName[]),
];

export function tablePath(folder: string, name: FileName): string {
  return join(folder, `${name}.db`);
}
