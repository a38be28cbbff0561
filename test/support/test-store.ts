import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNedbStore } from '../../src/adapters/store/nedb';
import type { LogFields, Logger } from '../../src/ports/logger';
import type { Store } from '../../src/ports/store';

/** A logger that keeps what it is told. */
export function memoryLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      const named = Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`);
      lines.push(`${level}: ${message}${named.join('')}`);
    };
  return {
    lines,
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
  };
}

/** A real NeDB store in a folder of its own. */
export async function openTestStore(): Promise<{
  store: Store;
  folder: string;
  remove(): Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'aurion-store-'));
  const store = await openNedbStore({ folder, logger: memoryLogger() });
  return {
    store,
    folder,
    async remove() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
