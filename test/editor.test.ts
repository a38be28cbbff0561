import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import packageJson from '../package.json';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';
import { chromiumPath, Editor, launchChromium, type Locale } from './support/editor';

const LOCALES = ['en-US', 'fr'] as const;
const DEVICES = 'aurion-devices';
const HOME = 'aurion-home-1';
const ON_WORKSPACE = Object.keys(packageJson['node-red'].nodes).filter(
  (type) => type !== 'aurion-home',
);

/** The key of a text instead of the text. */
const UNTRANSLATED = /aurion-[a-z-]+\.\w/;

/** A device node whose selects hold what is none of their options. */
const SPARE: FlowNode = {
  id: 'spare',
  type: 'aurion-device',
  z: DEVICES,
  name: '',
  home: HOME,
  operation: '${SPARE_OPERATION}',
  target: '${SPARE_TARGET}',
  role: '${SPARE_ROLE}',
  x: 200,
  y: 300,
  wires: [[]],
};

/** The fields of each node, from above to below. */
const LABELS: Record<Locale, Record<string, string[]>> = {
  'en-US': {
    'aurion-request': ['Name', 'Home', 'Opens'],
    'aurion-auth-guard': ['Name', 'Home', 'Needs'],
    'aurion-account': ['Name', 'Home', 'Does', 'Acts as'],
    'aurion-device': ['Name', 'Home', 'Does', 'Device id', 'Acts as'],
    'aurion-settings': ['Name', 'Home', 'Does', 'Acts as'],
    'aurion-sensor': ['Name', 'Home', 'Does', 'Sensor id', 'Acts as', 'Listens'],
    'aurion-alert': ['Name', 'Home', 'Does', 'Alert id', 'Acts as', 'Rule'],
    'aurion-energy': ['Name', 'Home', 'Does', 'Meter id', 'Acts as'],
    'aurion-response': ['Name', 'Home'],
    'aurion-event': ['Name', 'Home', 'Event'],
    'aurion-websocket': ['Name', 'Home'],
  },
  fr: {
    'aurion-request': ['Nom', 'Maison', 'Ouvre'],
    'aurion-auth-guard': ['Nom', 'Maison', 'Exige'],
    'aurion-account': ['Nom', 'Maison', 'Fait', 'Rôle'],
    'aurion-device': ['Nom', 'Maison', 'Fait', 'Appareil', 'Rôle'],
    'aurion-settings': ['Nom', 'Maison', 'Fait', 'Rôle'],
    'aurion-sensor': ['Nom', 'Maison', 'Fait', 'Capteur', 'Rôle', 'Écoute'],
    'aurion-alert': ['Nom', 'Maison', 'Fait', 'Alerte', 'Rôle', 'Règle'],
    'aurion-energy': ['Nom', 'Maison', 'Fait', 'Compteur', 'Rôle'],
    'aurion-response': ['Nom', 'Maison'],
    'aurion-event': ['Nom', 'Maison', 'Événement'],
    'aurion-websocket': ['Nom', 'Maison'],
  },
};

/** What people do in the editor, in a real browser. */
describe('the editor', function () {
  this.timeout(30_000);
  let aurion: AurionProcess;
  let browser: Browser | undefined;
  const editors = new Map<Locale, Editor>();
  const editorIn = (locale: Locale) => editors.get(locale)!;

  before(async function () {
    this.timeout(60_000);
    const path = chromiumPath();
    if (path === undefined) {
      console.warn(
        'NOT TESTED: the editor. No Chromium at CHROMIUM_PATH or /usr/bin/chromium (Debian: apt-get install chromium).',
      );
      return this.skip();
    }
    aurion = await AurionProcess.start({ flows: [...fullBackend(), SPARE] });
    browser = await launchChromium(path);
    await Promise.all(LOCALES.map(signIn));
  });
  afterEach(async function () {
    const problems = [...editors.values()].flatMap((editor) => editor.problems.splice(0));
    if (this.currentTest?.state === 'failed') {
      // What the next test finds is not what this one left.
      for (const [locale, editor] of editors) {
        await editor.close();
        await signIn(locale);
      }
    }
    assert.deepEqual(problems, []);
  });
  after(async () => {
    await browser?.close();
    // Not there when the tests were skipped.
    await (aurion as AurionProcess | undefined)?.remove();
  });

  async function inBoth(act: (editor: Editor, locale: Locale) => Promise<void>): Promise<void> {
    await Promise.all(LOCALES.map((locale) => act(editorIn(locale), locale)));
  }

  async function signIn(locale: Locale): Promise<void> {
    editors.set(locale, await Editor.signIn(browser!, aurion, { locale }));
  }

  it('has every node in the palette, but for the home among the config nodes', async () => {
    const editor = editorIn('en-US');
    assert.deepEqual((await editor.palette('Aurion')).sort(), ON_WORKSPACE.sort());
    const home = await editor.openConfigDialog('home');
    await home.cancel();
  });

  it('opens each node by double click, with all its fields, in English and in French', async () => {
    await inBoth(async (editor, locale) => {
      for (const type of ON_WORKSPACE) {
        const { id, z } = fullBackend().find((node) => node.type === type)!;
        await editor.show(z as string);
        const dialog = await editor.openDialog(id);
        assert.deepEqual(await dialog.fields(), seen(locale, type), type);
        assert.doesNotMatch(await dialog.text(), UNTRANSLATED);
        await dialog.cancel();
      }
    });
  });

  function seen(locale: Locale, type: string) {
    return LABELS[locale][type]!.map((label) => ({ label, isVisible: true, isOnOneLine: true }));
  }

  it('changes nothing when a dialog is opened and closed with Done, variables included', async () => {
    const editor = editorIn('en-US');
    await editor.show(DEVICES);
    for (const id of ['aurion-devices-request', 'aurion-devices-guard', 'spare']) {
      const dialog = await editor.openDialog(id);
      await dialog.done();
      assert.equal(await editor.isDirty(), false, id);
    }
    const home = await editor.openConfigDialog('home');
    assert.equal(await home.field('language').inputValue(), '${AURION_LOCALE}');
    await home.done();
    assert.equal(await editor.isDirty(), false, 'home');
    assert.deepEqual(
      await editor.exported(HOME),
      fullBackend().find(({ id }) => id === HOME),
    );
    assert.deepEqual(await editor.exported('spare'), SPARE);
  });

  it('marks what a home would not accept, and says why in the language of the reader', async () => {
    const reasons = {
      'en-US': 'Home key: 1 to 32 of a-z, 0-9 and -',
      fr: 'Clé : 1 à 32 caractères parmi a-z, 0-9 et -',
    };
    await inBoth(async (editor, locale) => {
      const home = await editor.openConfigDialog('home');
      assert.equal(await home.reasonAgainst('key', 'Wrong Key!'), reasons[locale]);
      assert.equal(await home.reasonAgainst('key', 'attic'), undefined);
      assert.equal(await home.reasonAgainst('language', '${ANY}'), undefined);
      await home.cancel();
    });
  });

  it('shows the ways in of the running home, where one looks', async () => {
    const { setupCode, mqttUsername, mqttPassword } = aurion.waysIn;
    const editor = editorIn('en-US');
    const home = await editor.openConfigDialog('home');
    assert.deepEqual(await home.waysIn(), {
      texts: [
        ...['Setup code', setupCode],
        ...['MQTT user', mqttUsername],
        ...['MQTT password', mqttPassword],
      ],
      isInView: true,
    });
    await home.field('key').fill('elsewhere');
    const { texts } = await home.waysIn();
    assert.deepEqual(texts, ['No home runs under this key: deploy first.']);
    // Of an answer 404 every browser complains by itself.
    assert.match(
      editor.problems.splice(0).join(),
      /^console: .* 404 .*homes\/elsewhere\/ways-in\)$/,
    );
    await home.cancel();
  });

  it('lets no browser fill a password of its own into the secrets of a home', async () => {
    const home = await editorIn('en-US').openConfigDialog('home');
    for (const secret of ['setupCode', 'jwtSecret', 'mqttPassword']) {
      assert.equal(await home.field(secret).getAttribute('autocomplete'), 'new-password', secret);
    }
    await home.cancel();
  });

  it('takes a node from the palette to a running flow', async () => {
    const editor = editorIn('en-US');
    await editor.show(DEVICES);
    const id = await editor.drag('aurion-device', { x: 300, y: 400 });
    assert.equal(await editor.label(id), 'device');
    const dialog = await editor.openDialog(id);
    const operations = (await (await aurion.admin('GET', '/aurion/operations')).json()) as {
      id: string;
      group: string;
    }[];
    const ofDevices = operations.filter(({ group }) => group === 'devices').map((each) => each.id);
    assert.deepEqual(await dialog.options('operation', 'devices.toggle'), ['', ...ofDevices]);
    await dialog.field('home').selectOption(HOME);
    await dialog.field('operation').selectOption('devices.toggle');
    await dialog.field('target').fill('1');
    await dialog.field('role').selectOption('admin');
    await dialog.done();
    assert.equal(await editor.label(id), 'devices.toggle');
    await editor.deploy();
    const deployed = (await aurion.flows()).find((node) => node.id === id);
    assert.deepEqual(
      { ...deployed, x: 0, y: 0 },
      {
        id,
        type: 'aurion-device',
        z: DEVICES,
        name: '',
        home: HOME,
        operation: 'devices.toggle',
        target: '1',
        role: 'admin',
        x: 0,
        y: 0,
        wires: [[]],
      },
    );
  });

  it('adds and deletes schedules of a device in its dialog, without a deploy', async () => {
    const editor = editorIn('fr');
    await editor.show(DEVICES);
    const dialog = await editor.openDialog('aurion-devices-do');
    await dialog.field('target').fill('1');
    const { page } = editor;
    const schedules = page.locator('#aurion-device-schedules-list li');
    await page.locator('#aurion-device-schedules-show').click();
    await page.locator('#aurion-device-schedule-type').selectOption('weekly');
    await page.locator('#aurion-device-schedule-time').fill('18:30');
    await page.locator('#aurion-device-schedule-days').fill('0,6');
    await page.locator('#aurion-device-schedule-add').click();
    await schedules.waitFor();
    assert.match(await schedules.innerText(), /^weekly 18:30 lun dim on → /);
    await schedules.locator('button').click();
    await schedules.waitFor({ state: 'detached' });
    await page.locator('#aurion-device-schedule-time').fill('25:00');
    await page.locator('#aurion-device-schedule-add').click();
    const problem = page.locator('#aurion-device-schedules-problem:not(:empty)');
    await problem.waitFor();
    assert.match(await problem.innerText(), /^Requête invalide/);
    // Of an answer 400 every browser complains by itself.
    assert.match(editor.problems.splice(0).join(), /^console: .* 400 /);
    await dialog.cancel();
    assert.equal(await editor.isDirty(), false);
  });

  it('runs nothing of what somebody wrote into a name', async () => {
    const evil = '<img src=x onerror=window.pwned=1>';
    const flows = [...fullBackend(), { ...SPARE, operation: evil, target: evil, role: evil }].map(
      (node) => ({ ...node, ...(node.id !== 'spare' && { name: evil }) }),
    );
    await aurion.deploy(flows);
    const editor = await Editor.signIn(browser!, aurion);
    try {
      await editor.show(DEVICES);
      assert.equal(await editor.label('aurion-devices-do'), evil);
      assert.equal(await editor.label('spare'), evil);
      const spare = await editor.openDialog('spare');
      await spare.options('operation', 'devices.toggle');
      await spare.cancel();
      const home = await editor.openConfigDialog(evil);
      await home.waysIn();
      await home.cancel();
      assert.equal(await editor.page.locator('img[src="x"]').count(), 0);
      assert.equal(await editor.page.evaluate('window.pwned'), undefined);
      assert.deepEqual(editor.problems, []);
    } finally {
      await editor.close();
    }
  });
});
