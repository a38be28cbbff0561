import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { AurionProcess, ROOT } from '../test/support/aurion-process';
import { chromiumPath, Editor, launchChromium } from '../test/support/editor';
import { AurionSidebar } from '../test/support/sidebar';

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
    await live(aurion);
    await takeSidebar(
      await Editor.signIn(browser, aurion, { viewport: { width: 1280, height: 1110 } }),
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

/** A day in the life of the demo home: a meter with a power cut in the morning, a lamp that reports, smoke, and a stranger. */
async function live(aurion: AurionProcess): Promise<void> {
  const { mqttUsername: username, mqttPassword: password } = aurion.waysIn;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${aurion.mqttPort}`, {
    ...{ username, password },
  });
  const say = (topic: string, payload: object) =>
    client.publishAsync(`aurion/${topic}`, JSON.stringify(payload), { qos: 1 });
  const meter = { name: 'Compteur', type: 'meter', room: 'Entrée', key: 'compteur', main: true };
  await aurion.admin('POST', '/aurion/homes/home/operations/devices.create', meter);
  const now = Date.now();
  for (let minutes = 24 * 60; minutes >= 0; minutes--) {
    if (minutes > 14 * 60 && minutes < 16.5 * 60) continue;
    const power = Math.round(280 + 520 * Math.sin((minutes / (24 * 60)) * 3 * Math.PI) ** 2);
    const timestamp = new Date(now - minutes * 60_000).toISOString();
    await say('energy/compteur/data', { power, timestamp });
  }
  await say('devices/1/status', { status: true, power: 57 });
  await say('sensors/1/data', { motion: false, battery: 84 });
  await say('sensors/2/data', { smoke: true, battery: 91 });
  await say('devices/lampe-chevet/status', { status: true, brightness: 40 });
  await client.endAsync();
}

/** The sidebar alone: what shares its column is folded away. */
async function takeSidebar(editor: Editor): Promise<void> {
  const { page } = editor;
  const sidebar = await AurionSidebar.open(editor);
  const debug = page.locator('button[data-tab-id="debug"].selected');
  if ((await debug.count()) > 0) await debug.click();
  await sidebar.alert('Fumée').waitFor();
  await sidebar.found('lampe-chevet').waitFor();
  await sidebar.figure('now').getByText('kW').waitFor();
  await page.mouse.move(600, 500);
  await sidebar.root.screenshot({ path: join(IMAGES, 'sidebar.png') });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
