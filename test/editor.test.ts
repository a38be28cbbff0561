import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import packageJson from '../package.json';
import { AurionProcess, fullBackend, type FlowNode } from './support/aurion-process';
import { Editor, browserOrSkip, type Locale } from './support/editor';

const LOCALES = ['en-US', 'fr'] as const;
const DEVICES = 'aurion-devices';
const HOME = 'aurion-home-1';
const ON_WORKSPACE = Object.keys(packageJson['node-red'].nodes).filter(
  (type) => type !== 'aurion-home',
);

/** Wider dialogs hide the flow that one works on. */
const WIDTH_MAX = 620;

/** The key of a text instead of the text. */
const UNTRANSLATED = /aurion-[a-z-]+\.\w/;

/** A device node whose selects hold what is none of their options. */
const SPARE: FlowNode = {
  id: 'spare',
  type: 'aurion-device',
  z: DEVICES,
  name: '',
  home: HOME,
  version: 1,
  operation: '${SPARE_OPERATION}',
  target: '${SPARE_TARGET}',
  targetType: 'device',
  listen: '${SPARE_LISTEN}',
  role: '${SPARE_ROLE}',
  x: 200,
  y: 300,
  wires: [[]],
};

/** As the dialog of version 0 wrote it: `listen` was an operation. */
const OLD: FlowNode = {
  ...{ id: 'old', type: 'aurion-energy', z: DEVICES, name: 'old meter', home: HOME },
  ...{ operation: 'listen', target: '7', role: 'guest', x: 200, y: 360, wires: [[]] },
};

/** The fields of each node, from above to below. */
const LABELS: Record<Locale, Record<string, string[]>> = {
  'en-US': {
    'aurion-request': ['Name', 'Home', 'Opens'],
    'aurion-auth-guard': ['Name', 'Home', 'Needs'],
    'aurion-account': ['Name', 'Home', 'Does', 'Acts as'],
    'aurion-device': ['Name', 'Home', 'Does', 'Device', 'Listens', 'Acts as'],
    'aurion-settings': ['Name', 'Home', 'Does', 'Acts as'],
    'aurion-sensor': ['Name', 'Home', 'Does', 'Sensor', 'Listens', 'Acts as'],
    'aurion-alert': ['Name', 'Home', 'Does', 'Alert', 'Rule', 'Acts as'],
    'aurion-energy': ['Name', 'Home', 'Does', 'Meter', 'Listens', 'Acts as'],
    'aurion-response': ['Name', 'Home'],
    'aurion-event': ['Name', 'Home', 'Event'],
    'aurion-websocket': ['Name', 'Home'],
  },
  fr: {
    'aurion-request': ['Nom', 'Maison', 'Ouvre'],
    'aurion-auth-guard': ['Nom', 'Maison', 'Exige'],
    'aurion-account': ['Nom', 'Maison', 'Fait', 'Rôle'],
    'aurion-device': ['Nom', 'Maison', 'Fait', 'Appareil', 'Écoute', 'Rôle'],
    'aurion-settings': ['Nom', 'Maison', 'Fait', 'Rôle'],
    'aurion-sensor': ['Nom', 'Maison', 'Fait', 'Capteur', 'Écoute', 'Rôle'],
    'aurion-alert': ['Nom', 'Maison', 'Fait', 'Alerte', 'Règle', 'Rôle'],
    'aurion-energy': ['Nom', 'Maison', 'Fait', 'Compteur', 'Écoute', 'Rôle'],
    'aurion-response': ['Nom', 'Maison'],
    'aurion-event': ['Nom', 'Maison', 'Événement'],
    'aurion-websocket': ['Nom', 'Maison'],
  },
};

/** What people do in the editor, in a real browser. */
describe('the editor', () => {
  let aurion: AurionProcess;
  let browser: Browser | undefined;
  const editors = new Map<Locale, Editor>();
  const editorIn = (locale: Locale) => editors.get(locale)!;

  before(async function () {
    browser = await browserOrSkip(this, 'the editor');
    aurion = await AurionProcess.start({ flows: [...fullBackend(), SPARE, OLD] });
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
        const { width } = (await dialog.root.boundingBox())!;
        assert.ok(width < WIDTH_MAX, `${type}: ${width} px`);
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
      // The example is older than versions are.
      { ...fullBackend().find(({ id }) => id === HOME), version: 1 },
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
    // Where there is one home, it has it already.
    assert.equal(await dialog.field('home').inputValue(), HOME);
    await dialog.field('operation').selectOption('devices.toggle');
    await dialog.suggest('lumiere');
    await dialog.choose('Lumière Salon');
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
        version: 1,
        operation: 'devices.toggle',
        target: '1',
        targetType: 'device',
        listen: '',
        role: 'admin',
        x: 0,
        y: 0,
        wires: [[]],
      },
    );
  });

  it('tells what the chosen operation does, takes, answers and needs, by noun', async () => {
    const told = {
      'en-US': [
        'Deletes a device',
        'Takes in msg.payload: id',
        'Answers: nothing',
        'Needs the role: admin',
        'Acts as: devices.delete needs the role admin where no request is behind the message',
      ],
      fr: [
        'Supprime un appareil',
        'Prend dans msg.payload : id',
        'Répond : rien',
        'Exige le rôle : admin',
        "Rôle : devices.delete exige le rôle admin si aucune requête n'est derrière le message",
      ],
    };
    const nouns = {
      'en-US': ['Devices', 'Schedules', 'Away mode'],
      fr: ['Appareils', 'Programmations', 'Mode absence'],
    };
    await inBoth(async (editor, locale) => {
      await editor.show(DEVICES);
      const dialog = await editor.openDialog('aurion-devices-do');
      await dialog.options('operation', 'devices.delete');
      assert.deepEqual(await dialog.groups('operation'), nouns[locale]);
      await dialog.field('operation').selectOption('devices.delete');
      const about = dialog.root.locator('#aurion-operation-about > div');
      assert.deepEqual(await about.allInnerTexts(), told[locale]);
      await dialog.field('role').selectOption('admin');
      assert.deepEqual(await about.allInnerTexts(), told[locale].slice(0, -1));
      await dialog.field('operation').selectOption('schedules.list');
      assert.match((await about.allInnerTexts())[2]!, /, deviceId, .*, nextRun$/);
      await dialog.cancel();
    });
  });

  it('opens what earlier dialogs wrote with the values of today, and warns of what is newer', async () => {
    const editor = editorIn('fr');
    await editor.show(DEVICES);
    const dialog = await editor.openDialog('old');
    assert.equal(await dialog.field('operation').inputValue(), '');
    assert.equal(await dialog.field('listen').inputValue(), 'slices');
    assert.equal(await dialog.target.inputValue(), '7');
    await dialog.done();
    assert.equal(await editor.isDirty(), false);
    const { wires, ...now } = await editor.exported('old');
    assert.deepEqual(wires, [[]]);
    assert.deepEqual(
      { ...now, wires },
      {
        ...OLD,
        ...{ version: 1, operation: '', listen: 'slices', targetType: 'meter' },
      },
    );
    assert.deepEqual(await editor.errors('old'), []);
    assert.deepEqual(await editor.errors('old', { version: 99 }), [
      "Ce nœud vient d'une version plus récente d'Aurion : mettez Aurion à jour, ou vérifiez chacun de ses champs.",
    ]);
  });

  it('says before the deploy what can’t work, and why, in the language of the reader', async () => {
    const wrong: [id: string, change: object, english: string | null, french?: string][] = [
      [
        'spare',
        { target: 'Lampe du salon' },
        'Which one: an id (a whole number), or a key of A-Z a-z 0-9 _ -',
        'Lequel : un id (nombre entier), ou une clé parmi A-Z a-z 0-9 _ -',
      ],
      ['spare', { target: '${LAMP}' }, null],
      ['spare', { target: 'lampe-7' }, null],
      [
        'spare',
        { target: 'a..b', targetType: 'msg' },
        'Which one: Invalid property expression: unexpected . at position 2',
        'Lequel : ',
      ],
      [
        'spare',
        { operation: 'devices.delete', role: 'user' },
        'Acts as: devices.delete needs the role admin where no request is behind the message',
        'Rôle : devices.delete exige',
      ],
      ['spare', { operation: 'devices.delete', role: '${ROLE}' }, null],
      // Requests are behind its messages.
      ['aurion-devices-do', { operation: 'devices.delete', role: 'user' }, null],
      [
        'spare',
        { home: '' },
        'Home: choose one, or make one',
        'Maison : choisissez-en une, ou créez-en une',
      ],
      ['aurion-devices-request', { group: '' }, 'no group chosen', 'aucun groupe choisi'],
      [
        'aurion-devices-request',
        { group: 'energy' },
        'another node has "energy" open',
        'un autre nœud a déjà ouvert « energy »',
      ],
      [
        'aurion-security-alert',
        { rule: 'compare', than: 'warm' },
        'value: a number, true or false',
        'valeur : un nombre, true ou false',
      ],
      ['aurion-security-alert', { rule: 'change', than: 'warm' }, null],
      [
        'aurion-security-alert',
        { rule: 'compare', overAt: 'x' },
        'over at: a number',
        'finie à : un nombre',
      ],
      [
        'aurion-security-alert',
        { rule: 'compare', sensors: 'smoke, 3 4' },
        'sensors: types, ids or keys, separated by commas',
        'capteurs : des types',
      ],
      [
        'aurion-security-alert',
        { rule: 'expression', expression: '(' },
        'expression: no JSONata',
        "expression : ce n'est pas du JSONata",
      ],
      [
        'aurion-security-alert',
        { rule: 'absence', forS: '' },
        'for: seconds, at most 30 days; an absence needs some',
        'pendant : en secondes',
      ],
      ['aurion-security-alert', { rule: 'absence', forS: '${S}' }, null],
      [
        'aurion-security-alert',
        { rule: 'change', coolDownS: '-1' },
        'cool-down: seconds, at most 30 days',
        'répit : en secondes',
      ],
    ];
    await inBoth(async (editor, locale) => {
      for (const [id, change, english, french] of wrong) {
        const reasons = await editor.errors(id, change);
        const expected = locale === 'fr' ? french : english;
        if (english === null) assert.deepEqual(reasons, [], JSON.stringify(change));
        else
          assert.ok(
            reasons[0]?.startsWith(expected!),
            `${JSON.stringify(change)}: ${reasons.join()}`,
          );
        assert.ok(reasons.length <= 1, reasons.join());
      }
    });
  });

  it('finds a second node that opens the live end point of a home', async () => {
    const editor = editorIn('en-US');
    const live = fullBackend().find(({ type }) => type === 'aurion-websocket')!;
    assert.deepEqual(await editor.errors(live.id), []);
    await editor.show(DEVICES);
    const second = await editor.drag('aurion-websocket', { x: 500, y: 400 });
    const reason = "another node has opened this home's live end point";
    for (const id of [live.id, second]) assert.deepEqual(await editor.errors(id), [reason], id);
    await editor.page.keyboard.press('Delete');
    await editor.page.locator(`[id="${second}"]`).waitFor({ state: 'detached' });
    assert.deepEqual(await editor.errors(live.id), []);
    await editor.deploy();
  });

  it('shows below the nodes what is going on', async () => {
    const editor = editorIn('en-US');
    await editor.show(DEVICES);
    await editor.status('aurion-devices-request', /^requests: 0$/);
    assert.equal((await fetch(`${aurion.api}/devices`)).status, 401);
    await editor.status('aurion-devices-request', /^requests: 1$/);
    await editor.status('aurion-devices-guard', /^1 refused, last: Token manquant$/);
    const live = fullBackend().find(({ type }) => type === 'aurion-websocket')!;
    await editor.show(live.z as string);
    await editor.status(live.id, /^\/ws – clients: 0$/);
    const rule = fullBackend().find(({ type, rule: kind }) => type === 'aurion-alert' && kind)!;
    await editor.show(rule.z as string);
    await editor.status(rule.id, /^watches /);
  });

  it('adds and deletes schedules of a device in its dialog, without a deploy', async () => {
    const editor = editorIn('fr');
    await editor.show(DEVICES);
    const dialog = await editor.openDialog('aurion-devices-do');
    await dialog.target.fill('1');
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
