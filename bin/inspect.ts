import { inspectNedbFolder, restoreGoodCopy } from '../src/adapters/store/nedb';
import type { Logger } from '../src/ports/logger';

/** `aurion inspect`: one line a table. @returns 1 if one is damaged */
export async function inspect(folder: string): Promise<number> {
  const reports = await inspectNedbFolder(folder);
  for (const { table, state, rows, bytes, problem, good } of reports) {
    const copy = good === null ? 'no good copy' : `good copy: ${good.rows} rows`;
    console.log(`${table}: ${state}, ${rows} rows, ${bytes} bytes; ${copy}`);
    if (problem !== null) console.log(`  ${problem.message}`);
  }
  const damaged = reports.filter(({ state }) => state === 'damaged');
  for (const { table, good } of damaged) {
    if (good !== null) console.log(`aurion repair ${table}   would put the good copy in its place`);
  }
  return damaged.length > 0 ? 1 : 0;
}

/** `aurion repair`: puts a table's last good copy in its place and keeps what stood there. */
export async function repair(folder: string, name: string, logger: Logger): Promise<void> {
  const reports = await inspectNedbFolder(folder);
  const report = reports.find(({ table }) => table === name);
  if (!report) {
    throw new Error(`No table ${name}: there are ${reports.map(({ table }) => table).join(', ')}`);
  }
  const rows = await restoreGoodCopy(folder, report.table, logger);
  console.log(`${report.table} has ${rows} rows again. What stood there is kept beside it.`);
}
