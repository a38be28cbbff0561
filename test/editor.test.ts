import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import packageJson from '../package.json';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';
import { chromiumPath, Editor, launchChromium, type Locale } from './support/editor';

const ACCOUNTS = 'aurion-accounts';
const DEVICES = 'aurion-devices';
const HOME = 'aurion-home-1';
const ON_WORKSPACE = Object.keys(packageJson['node-red'].nodes).filter(
  (type) => type !== 'aurion-home',
);

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

const LABELS: Record<Locale, Record<string, string[]>> = {
  'en-US': {
    request: ['Name', 'Home', 'Opens'],
    guard: ['Name', 'Home', 'Needs'],
    account: ['Name', 'Home', 'Does', 'Acts as'],
    device: ['Name', 'Home', 'Does', 'Device id', 'Acts as'],
    response: ['Name', 'Home'],
    home: [
      ...['Name', 'Home key', 'Language', 'Demo home'],
      ...['Registration', 'Session length', 'Setup code', 'Token secret'],
      ...['Topic prefix', 'Listens on', 'Port', 'MQTT user', 'MQTT password'],
      ...['Base path', 'Public address', 'Allowed pages', 'Behind a proxy'],
    ],
  },
  fr: {
    request: ['Nom', 'Maison', 'Ouvre'],
    guard: ['Nom', 'Maison', 'Exige'],
    account: ['Nom', 'Maison', 'Fait', 'Rôle'],
    device: ['Nom', 'Maison', 'Fait', 'Appareil', 'Rôle'],
    response: ['Nom', 'Maison'],
    home: [
      ...['Nom', 'Clé', 'Langue', 'Maison démo'],
      ...['Inscriptions', 'Durée de session', "Code d'installation", 'Secret des jetons'],
      ...['Préfixe', 'Écoute sur', 'Port', 'Compte MQTT', 'Mot de passe MQTT'],
      ...['Chemin', 'Adresse publique', 'Pages admises', 'Derrière un proxy'],
    ],
  },
};

/** What people do in the editor, in a real browser. */
describe('the editor', function () {
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
    [aurion, browser] = await Promise.all([
      AurionProcess.start({ flows: [...fullBackend(), SPARE] }),
      launchChromium(path),
    ]);
    await Promise.all(['en-US' as const, 'fr' as const].map(signIn));
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

  async function signIn(locale: Locale): Promise<void> {
    editors.set(locale, await Editor.signIn(browser!, aurion, { locale }));
  }

  it('has every node in the palette, but for the home among the config nodes', async () => {
    const editor = editorIn('en-US');
    assert.deepEqual((await editor.palette('Aurion')).sort(), ON_WORKSPACE.sort());
    const home = await editor.openConfigDialog('home');
    await home.cancel();
  });

  for (const locale of ['en-US', 'fr'] as const) {
    const dialogs = [
      ['request', DEVICES, 'aurion-devices-request'],
      ['guard', DEVICES, 'aurion-devices-guard'],
      ['account', ACCOUNTS, 'aurion-accounts-do'],
      ['device', DEVICES, 'aurion-devices-do'],
      ['response', DEVICES, 'aurion-devices-response'],
    ] as const;

    it(`opens each node by double click, with all its fields (${locale})`, async () => {
      const editor = editorIn(locale);
      for (const [node, tab, id] of dialogs) {
        await editor.show(tab);
        const dialog = await editor.openDialog(id);
        assert.deepEqual(await dialog.fields(), seen(LABELS[locale][node]!), node);
        assert.doesNotMatch(await dialog.text(), /aurion-[a-z-]+\.\w/);
        await dialog.cancel();
      }
    });

    it(`opens the home by double click, with all its fields (${locale})`, async () => {
      const dialog = await editorIn(locale).openConfigDialog('home');
      assert.deepEqual(await dialog.fields(), seen(LABELS[locale]['home']!));
      assert.doesNotMatch(await dialog.text(), /aurion-[a-z-]+\.\w/);
      await dialog.cancel();
    });
  }

  function seen(labels: readonly string[]) {
    return labels.map((label) => ({ label, isVisible: true, isOnOneLine: true }));
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
    const shipped = fullBackend().find(({ id }) => id === HOME)!;
    const { z: _everywhere, ...exported } = await editor.exported(HOME);
    assert.deepEqual(exported, shipped);
    assert.deepEqual(await editor.exported('spare'), SPARE);
  });

  it('marks what a home would not accept, and says why in the language of the reader', async () => {
    const reasons = {
      'en-US': 'Home key: 1 to 32 of a-z, 0-9 and -',
      fr: 'Clé : 1 à 32 caractères parmi a-z, 0-9 et -',
    };
    for (const locale of ['en-US', 'fr'] as const) {
      const home = await editorIn(locale).openConfigDialog('home');
      assert.equal(await home.reasonAgainst('key', 'Wrong Key!'), reasons[locale]);
      assert.equal(await home.reasonAgainst('key', 'attic'), undefined);
      assert.equal(await home.reasonAgainst('language', '${ANY}'), undefined);
      await home.cancel();
    }
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
    const { x: _x, y: _y, ...deployed } = (await aurion.flows()).find((node) => node.id === id)!;
    assert.deepEqual(deployed, {
      id,
      type: 'aurion-device',
      z: DEVICES,
      name: '',
      home: HOME,
      operation: 'devices.toggle',
      target: '1',
      role: 'admin',
      wires: [[]],
    });
    assert.equal((await editor.exported(id)).type, 'aurion-device');
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
