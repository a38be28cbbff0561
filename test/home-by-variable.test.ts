import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import type { Device } from '../src/contract/device';
import { AurionProcess, fullBackend } from './support/aurion-process';
import { Editor, browserOrSkip } from './support/editor';

const flows = fullBackend().map((node) =>
  node.type === 'aurion-home' ? { ...node, name: 'La villa', key: '${MY_HOME}' } : node,
);
const homeId = flows.find(({ type }) => type === 'aurion-home')!.id;

/** Only the server knows what the variable holds. */
describe('a home whose key is a variable of the environment', function () {
  this.timeout(60_000);
  let aurion: AurionProcess;
  before(async () => {
    aurion = await AurionProcess.start({ flows, env: { MY_HOME: 'villa' } });
  });
  after(() => aurion.remove());

  it('is found by its key and by its config node, and by nothing else', async () => {
    const list = (home: string) =>
      aurion.admin('POST', `/aurion/homes/${home}/operations/devices.list`, {});
    for (const home of ['villa', homeId]) {
      const answer = await list(home);
      assert.equal(answer.status, 200, home);
      assert.ok(((await answer.json()) as Device[]).length > 0);
    }
    for (const home of ['home', encodeURIComponent('${MY_HOME}'), 'aurion-devices-do']) {
      assert.equal((await list(home)).status, 404, home);
    }
  });

  describe('in the dialogs', () => {
    let browser: Browser | undefined;
    let editor: Editor;
    before(async function () {
      browser = await browserOrSkip(this, 'the dialogs of a home named by a variable');
      editor = await Editor.signIn(browser, aurion, { locale: 'fr' });
    });
    afterEach(() => assert.deepEqual(editor.problems.splice(0), []));
    after(() => browser?.close());

    it('suggests what runs in it', async () => {
      await editor.show('aurion-devices');
      const dialog = await editor.openDialog('aurion-devices-do');
      await dialog.targetHint(/^[1-9]/);
      const [first] = await dialog.suggest('lumière');
      assert.equal(first?.[0], 'Lumière Salon');
      await dialog.cancel();
    });

    it('shows its ways in and its tariff', async () => {
      const dialog = await editor.openConfigDialog('La villa');
      const { texts } = await dialog.waysIn();
      assert.ok(texts.includes(aurion.waysIn.mqttUsername), texts.join(', '));
      const tariff = await dialog.unfold('tariff');
      await tariff.locator('[data-act="save"]').waitFor();
      await tariff.locator('.aurion-bill').first().waitFor();
      await dialog.cancel();
    });
  });
});
