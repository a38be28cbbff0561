import { join } from 'node:path';
import { packageRoot } from './package';

/** How values of earlier dialogs become those of today's. The editor loads the same file. */
interface Migrations {
  readonly versionOf: (type: string) => number;
  readonly migrate: <C extends object>(type: string, config: C) => C;
  readonly isNewer: (type: string, config: object) => boolean;
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- it is a script of the editor, beside the compiled code
export const { versionOf, migrate, isNewer } = require(
  join(packageRoot(), 'resources', 'aurion-migrations.js'),
) as Migrations;
