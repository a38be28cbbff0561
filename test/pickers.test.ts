import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { openNedbStore } from '../src/adapters/store/nedb';
import { AurionProcess, fullBackend, temporaryFolder } from './support/aurion-process';
import { Editor, fillAndOpen, browserOrSkip, type Dialog } from './support/editor';
import { memoryLogger } from './support/test-store';

const DEVICES = 5000;
const WITHIN_MS = 200;
const SHOWN_MAX = 50;
const EVIL = '<img src=x onerror=window.pwned=1>';

/** A folder in which a home with many devices waits to be started. */
async function bigHome(): Promise<string> {
  const userDir = temporaryFolder();
  const folder = join(userDir, 'aurion', 'home', 'store');
  mkdirSync(folder, { recursive: true });
  const store = await openNedbStore({ folder, logger: memoryLogger() });
  const rows = Array.from({ length: DEVICES }, (_, i) => ({
    ...{ name: i === 4321 ? 'Éclairage Véranda' : `Lampe ${i + 1}`, type: 'light' as const },
    ...{ room: `Pièce ${i % 40}`, key: i % 2 === 0 ? `lampe-${i + 1}` : null, powerW: 9 },
    ...{ icon: null, main: false, intervalS: null, maxPowerW: null, counterMaxKWh: null },
    ...{ resetsToZero: false, createdAt: 0 },
  }));
  rows[4999]!.name = EVIL;
  await Promise.all(rows.map((row) => store.devices.insert(row)));
  await store.close();
  return userDir;
}

/** Fields that suggest what the running home has, in a real browser. */
describe('the pickers of the editor', () => {
  let aurion: AurionProcess;
  let browser: Browser | undefined;
  let editor: Editor;
  let dialog: Dialog;

  before(async function () {
    browser = await browserOrSkip(this, 'the pickers');
    aurion = await AurionProcess.start({ userDir: await bigHome(), flows: fullBackend() });
    editor = await Editor.signIn(browser, aurion, { locale: 'fr' });
    await editor.show('aurion-devices');
    dialog = await editor.openDialog('aurion-devices-do');
    await dialog.targetHint(/^5000 /);
  });
  afterEach(() => assert.deepEqual(editor.problems.splice(0), []));
  after(async () => {
    await browser?.close();
    await (aurion as AurionProcess | undefined)?.remove();
  });

  it(`shows a list within ${WITHIN_MS} ms of ${DEVICES} devices, ${SHOWN_MAX} at most`, async () => {
    const times = [];
    for (const typed of ['', 'lampe 49', 'piece 7 12']) {
      times.push(await dialog.suggestionTimeMs(typed));
      const { length } = await dialog.suggestions();
      assert.ok(length > 0 && length <= SHOWN_MAX, `${typed}: ${length}`);
    }
    assert.ok(Math.max(...times) < WITHIN_MS, `${times.map(Math.round).join(', ')} ms`);
  });

  it('finds by name, room, id and key, whatever the case and the accents', async () => {
    for (const typed of ['eclairage VERANDA', 'véranda', '4322', 'veranda piece 1']) {
      const [first] = await dialog.suggest(typed);
      assert.deepEqual(first, ['Éclairage Véranda', 'Pièce 1', '4322'], typed);
    }
    const [exact] = await dialog.suggest('lampe-4999');
    assert.deepEqual(exact, ['Lampe 4999', 'Pièce 38', 'lampe-4999']);
  });

  it('takes what is chosen, and says which one it is', async () => {
    await dialog.suggest('veranda');
    await dialog.choose('Éclairage Véranda');
    assert.equal(await dialog.field('target').inputValue(), '4322');
    await dialog.targetHint(/^Éclairage Véranda · Pièce 1$/);
  });

  it('takes any text: Tab does not put a suggestion in its place', async () => {
    const [first] = await dialog.suggest('lampe');
    assert.deepEqual(first, ['lampe – tel que saisi']);
    await editor.page.keyboard.press('Tab');
    assert.equal(await dialog.field('target').inputValue(), 'lampe');
    await dialog.targetHint(/aucun avec cet id/);
  });

  it('runs nothing of what somebody wrote into a name', async () => {
    const [first] = await dialog.suggest('img onerror');
    assert.equal(first?.[0], EVIL);
    await dialog.choose(EVIL);
    await dialog.targetHint(/^<img/);
    assert.equal(await editor.page.locator('img[src="x"]').count(), 0);
    assert.equal(await editor.page.evaluate('window.pwned'), undefined);
  });

  it('suggests sensors and their types to a rule, for the last name of its list', async () => {
    await dialog.cancel();
    const rule = fullBackend().find(({ type, rule: kind }) => type === 'aurion-alert' && kind)!;
    await editor.show(rule.z as string);
    dialog = await editor.openDialog(rule.id);
    const sensors = dialog.field('sensors');
    await fillAndOpen(sensors, 'gas, motio');
    await dialog.choose('motion');
    assert.equal(await sensors.inputValue(), 'gas, motion');
  });

  it('says why there are no suggestions where the home does not run, and takes what is typed', async () => {
    await dialog.cancel();
    await aurion.deploy(
      fullBackend().map((node) => ({ ...node, ...(node.type === 'aurion-home' && { d: true }) })),
    );
    await editor.page.reload();
    await editor.loaded();
    await editor.show('aurion-devices');
    dialog = await editor.openDialog('aurion-devices-do');
    await dialog.targetHint(/^Pas de suggestions : .+ On peut tout de même saisir/);
    await dialog.suggest('lampe-7', { isExpected: false });
    assert.equal(await dialog.field('target').inputValue(), 'lampe-7');
    // Of an answer 404 every browser complains by itself.
    assert.match(editor.problems.splice(0).join(), /^console: .* (404|503) /);
  });
});
