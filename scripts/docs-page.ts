import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const OURS = join(__dirname, '..', 'src', 'adapters', 'http', 'docs-page');

/** Of Swagger UI only what the page needs, and what its licence asks for. The package itself is no dependency, since one of its own phones home when it is installed. */
const SWAGGER_UI = [
  'swagger-ui-bundle.js',
  'swagger-ui-bundle.js.LICENSE.txt',
  'swagger-ui.css',
  'favicon-32x32.png',
  'LICENSE',
  'NOTICE',
];

/** Puts the files of the API's docs page together in a folder. */
export function makeDocsPage(folder: string): void {
  const swaggerUi = dirname(require.resolve('swagger-ui-dist/package.json'));
  mkdirSync(folder, { recursive: true });
  for (const name of ['index.html', 'start.js']) copyFileSync(join(OURS, name), join(folder, name));
  for (const name of SWAGGER_UI) copyFileSync(join(swaggerUi, name), join(folder, name));
}
