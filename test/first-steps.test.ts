import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import type { SignedIn } from '../src/contract/account';
import { AurionProcess } from './support/aurion-process';
import { authorise, tryOut } from './support/docs-page';
import { Editor, browserOrSkip } from './support/editor';
import { importExample } from './support/editor-import';
import { addTab, pressButton, showTab, wire } from './support/editor-workspace';
import { Lamp } from './support/lamp';

/** The steps of docs/first-steps.md: from nothing to a switch, with the editor and a browser alone. */
describe('the first steps', function () {
  this.timeout(120_000);
  let aurion: AurionProcess;
  let browser: Browser | undefined;
  let editor: Editor;

  before(async function () {
    browser = await browserOrSkip(this, 'the first steps');
    aurion = await AurionProcess.start({ flows: [] });
    editor = await Editor.signIn(browser, aurion);
  });
  afterEach(() => assert.deepEqual(editor.problems.splice(0), []));
  after(async () => {
    await browser?.close();
    // Not there when the tests were skipped.
    await (aurion as AurionProcess | undefined)?.remove();
  });

  it('two examples and the API page: a switch over REST turns a simulated lamp on', async () => {
    await importExample(editor, 'full-backend');
    await importExample(editor, 'jobs/simulated-lamp');
    await editor.deploy();
    await aurion.untilReady();
    await showTab(editor, 'A simulated lamp');
    await pressButton(editor, 'Add the lamp');
    const { page } = editor;
    const shown = page.locator('.red-ui-debug-msg').filter({ hasText: 'Lampe simulée' });
    await shown.first().waitFor();

    const docs = await page.context().newPage();
    await docs.goto(`${aurion.api}/docs`);
    const ama = { name: 'Ama', email: 'ama@maison.tg', password: 'cuisine-verte-42' };
    const { answer } = await tryOut(docs, 'auth.register', { body: ama });
    const { token, user } = JSON.parse(answer) as SignedIn;
    assert.equal(user.role, 'admin');
    await authorise(docs, token);
    const devices = JSON.parse((await tryOut(docs, 'devices.list')).answer) as { id: number }[];
    const lamp = devices.at(-1)!;
    const toggled = await tryOut(docs, 'devices.toggle', { id: lamp.id });
    const { name, status, assumed } = JSON.parse(toggled.answer) as Record<string, unknown>;
    assert.deepEqual([name, status, assumed], ['Lampe simulée', true, false]);
    await docs.close();
  });

  it('from the palette to a lamp that lights up: drag, wire, choose, deploy, press', async () => {
    const lamp = await Lamp.plugIn(aurion, 2);
    await addTab(editor);
    const button = await editor.drag('inject', { x: 160, y: 200 });
    const device = await editor.drag('aurion-device', { x: 420, y: 200 });
    await wire(editor, button, device);
    const dialog = await editor.openDialog(device);
    await dialog.field('operation').selectOption('devices.toggle');
    await dialog.suggest('chambre');
    await dialog.choose('Climatiseur Chambre');
    await dialog.done();
    await editor.deploy();
    const told = new Promise((resolve) => lamp.client.once('message', resolve));
    await pressButton(editor, 'timestamp');
    await told;
    assert.equal(lamp.commands[0]?.status, true);
    await editor.page
      .locator(`[id="${device}"] .red-ui-flow-node-status-label`)
      .filter({ hasText: /Climatiseur Chambre: (on|off)/ })
      .waitFor();
  });
});
