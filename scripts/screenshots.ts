import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AurionProcess, ROOT } from '../test/support/aurion-process';
import { chromiumPath, Editor, launchChromium } from '../test/support/editor';

/** Makes the pictures of the documentation: the editor as somebody finds it after `npm start`. */

const IMAGES = join(ROOT, 'docs', 'images');

async function main(): Promise<void> {
  const path = chromiumPath();
  if (path === undefined) throw new Error('No Chromium at CHROMIUM_PATH or /usr/bin/chromium');
  mkdirSync(IMAGES, { recursive: true });
  const aurion = await AurionProcess.start();
  const browser = await launchChromium(path);
  try {
    await takeFlow(
      await Editor.signIn(browser, aurion, { viewport: { width: 1200, height: 640 } }),
    );
    await takeHome(
      await Editor.signIn(browser, aurion, { viewport: { width: 1280, height: 1000 } }),
    );
  } finally {
    await browser.close();
    await aurion.remove();
  }
}

/** Palette and workspace with the flow of the devices; what else the editor shows is folded away. */
async function takeFlow(editor: Editor): Promise<void> {
  const { page } = editor;
  await editor.show('aurion-devices');
  await page.getByRole('button', { name: 'Explorer' }).click();
  await page.getByRole('button', { name: 'Toggle right sidebar' }).click();
  await page.getByRole('button', { name: 'Collapse all categories' }).click();
  await page.locator('#red-ui-palette-header-Aurion').click();
  const last = page.locator('.red-ui-palette-node[data-palette-type="aurion-response"]');
  await last.click({ trial: true });
  await page.locator('[id="aurion-devices-request"] .red-ui-flow-node-status-group').waitFor();
  await page.mouse.move(600, 500);
  await page.screenshot({ path: join(IMAGES, 'flow.png') });
}

async function takeHome(editor: Editor): Promise<void> {
  const home = await editor.openConfigDialog('home');
  await home.takePicture(join(IMAGES, 'home-dialog.png'));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
