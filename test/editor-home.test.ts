import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser, Locator } from 'playwright-core';
import type { Tariff } from '../src/contract/tariff';
import { AurionProcess, fullBackend } from './support/aurion-process';
import { Editor, browserOrSkip, type Dialog, type Locale } from './support/editor';
import { newDatabase } from './support/postgres';

const LOCALES = ['en-US', 'fr'] as const;
const SECTIONS = [
  ...['home', 'store', 'broker', 'place', 'accounts', 'mail', 'network', 'tariff', 'ways-in'],
];

/** The key of a text instead of the text. */
const UNTRANSLATED = /aurion-[a-z-]+\.\w/;

/** The rows that show for the full backend, whose broker is as a variable says. */
const LABELS: Record<Locale, string[]> = {
  'en-US': [
    ...['Name', 'Home key', 'Language', 'Demo home', 'Kind', 'Broker', 'Broker address'],
    ...['Listens on', 'MQTT port', 'MQTT WebSocket port', 'MQTT user', 'MQTT password'],
    ...['Topic prefix', 'Time zone', 'Place', 'Currency', 'Weather service'],
    ...['Registration', 'Session length', 'Setup code', 'Token secret', 'Rate limits'],
    ...['Mail server', 'Sender', 'Base path', 'API page', 'Live events path'],
    ...['Public address', 'Behind a proxy', 'Allowed pages', 'Allowed hosts'],
  ],
  fr: [
    ...['Nom', 'Clé', 'Langue', 'Maison démo', 'Genre', 'Broker', 'Adresse du broker'],
    ...['Écoute sur', 'Port MQTT', 'Port MQTT WebSocket', 'Compte MQTT', 'Mot de passe MQTT'],
    ...['Préfixe des sujets', 'Fuseau horaire', 'Lieu', 'Monnaie', 'Service météo'],
    ...['Inscriptions', 'Durée de session', "Code d'installation", 'Secret des jetons'],
    ...['Limites de débit', 'Serveur de courrier', 'Expéditeur', 'Chemin', "Page de l'API"],
    ...['Chemin du temps réel', 'Adresse publique', 'Derrière un proxy', 'Pages admises'],
    'Hôtes permis',
  ],
};

describe('the home’s dialog in the editor', () => {
  let aurion: AurionProcess;
  let browser: Browser | undefined;
  let web: Server;
  let token: string;
  const editors = new Map<Locale, Editor>();

  before(async function () {
    browser = await browserOrSkip(this, 'the home’s dialog');
    web = createServer((_req, res) => res.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(web, 'listening');
    aurion = await AurionProcess.start({ flows: fullBackend() });
    token = await aurion.register('ama');
    for (const locale of LOCALES) {
      const editor = await Editor.signIn(browser, aurion, { locale });
      // So that what does not come is named before mocha gives up.
      editor.page.setDefaultTimeout(10_000);
      editors.set(locale, editor);
    }
  });
  afterEach(async () => {
    const problems = [...editors.values()].flatMap((editor) => editor.problems.splice(0));
    for (const { page } of editors.values()) {
      const cancel = page.locator('#node-config-dialog-cancel');
      if (await cancel.isVisible()) await cancel.click();
    }
    assert.deepEqual(problems, []);
  });
  after(async () => {
    await browser?.close();
    (web as Server | undefined)?.close();
    await (aurion as AurionProcess | undefined)?.remove();
  });

  function open(locale: Locale): Promise<Dialog> {
    return editors.get(locale)!.openConfigDialog('home');
  }

  for (const locale of LOCALES) {
    it(`has a label on one line for all that shows, and no text left out (${locale})`, async () => {
      const dialog = await open(locale);
      for (const section of SECTIONS) await dialog.unfold(section);
      await dialog.root.locator('[data-act="save"]').waitFor();
      const expected = LABELS[locale].map((label) => ({
        label,
        isVisible: true,
        isOnOneLine: true,
      }));
      assert.deepEqual(await dialog.fields(), expected);
      assert.doesNotMatch(await dialog.text(), UNTRANSLATED);
      await dialog.cancel();
    });
  }

  it('shows of a broker what applies: the ports of its own one, or the address of another', async () => {
    const dialog = await open('en-US');
    await dialog.unfold('broker');
    const mode = dialog.root.locator('#aurion-home-mode-broker');
    const shown = async () =>
      Promise.all(['mqttUrl', 'mqttPort'].map((name) => dialog.field(name).isVisible()));
    assert.equal(await mode.inputValue(), 'variable');
    assert.deepEqual(await shown(), [true, true]);
    await mode.selectOption('embedded');
    assert.deepEqual(await shown(), [false, true]);
    assert.equal(await dialog.field('mqttUrl').inputValue(), '');
    await mode.selectOption('outside');
    assert.deepEqual(await shown(), [true, false]);
    await dialog.cancel();
  });

  it('offers few values as choices, which a variable can stand in for', async () => {
    const editor = editors.get('fr')!;
    const dialog = await open('fr');
    const face = dialog.root.locator('#aurion-home-choice-language');
    const field = dialog.field('language');
    assert.equal(await face.inputValue(), '$');
    assert.equal(await field.inputValue(), '${AURION_LOCALE}');
    await face.selectOption('anglais');
    assert.equal(await field.isVisible(), false);
    assert.equal(await field.inputValue(), 'en');
    await face.selectOption('$');
    await field.fill('${MY_LANGUAGE}');
    await field.blur();
    assert.doesNotMatch((await field.getAttribute('class')) ?? '', /input-error/);
    await dialog.cancel();
    assert.equal(await editor.isDirty(), false);
  });

  it('tries the broker that is typed, and says in words what is the matter', async () => {
    const dialog = await open('fr');
    const own = await dialog.trial('broker');
    assert.equal(own.outcome, 'good');
    assert.match(own.text, new RegExp(`maison écoute déjà sur le port ${aurion.mqttPort}`));
    await dialog.root.locator('#aurion-home-mode-broker').selectOption('outside');
    await dialog.field('mqttUrl').fill(`mqtt://127.0.0.1:${aurion.mqttPort}`);
    // What was found of other values goes.
    assert.equal(await dialog.root.locator('.aurion-verdict > *').count(), 0);
    const { mqttUsername, mqttPassword } = aurion.waysIn;
    await dialog.field('mqttUsername').fill(mqttUsername);
    await dialog.field('mqttPassword').fill('wrong');
    const wrong = await dialog.trial('broker');
    assert.equal(wrong.outcome, 'bad');
    assert.match(wrong.text, /refuse le compte ou le mot de passe/);
    await dialog.field('mqttPassword').fill(mqttPassword);
    const right = await dialog.trial('broker');
    assert.equal(right.outcome, 'good');
    assert.match(right.text, /^Connecté à 127\.0\.0\.1:\d+ \(MQTT 3\.1\.1\)/);
    await dialog.field('mqttUrl').fill(`mqtt://127.0.0.1:${(web.address() as AddressInfo).port}`);
    assert.match((await dialog.trial('broker')).text, /ce n’est pas un broker MQTT/);
    await dialog.field('mqttUrl').fill('broker');
    await dialog.field('mqttUrl').blur();
    assert.match((await dialog.trial('broker')).text, /Corrigez d'abord/);
    await dialog.cancel();
  });

  it('tries the store that is typed: files, a database, a wrong password', async () => {
    const url = await newDatabase();
    const dialog = await open('en-US');
    const files = await dialog.trial('store');
    assert.equal(files.outcome, 'good');
    assert.match(files.text, /open in this Node-RED already, [\d.,]+ GB free/);
    await dialog.root.locator('#aurion-home-mode-store').selectOption('database');
    await dialog.field('storeUrl').fill(url);
    assert.match((await dialog.trial('store')).text, /^PostgreSQL .* the deploy makes them\.$/);
    await dialog
      .field('storeUrl')
      .fill(Object.assign(new URL(url), { password: 'canary-wrong' }).href);
    const wrong = await dialog.trial('store');
    assert.deepEqual(wrong, {
      outcome: 'bad',
      text: 'PostgreSQL: it does not take the password (28P01).',
    });
    await dialog.cancel();
  });

  describe('its tariff', () => {
    let dialog: Dialog;
    let tariff: Locator;

    async function openTariff(locale: Locale): Promise<void> {
      dialog = await open(locale);
      tariff = await dialog.unfold('tariff');
      await act('save').waitFor();
    }

    function at(path: string): Locator {
      return tariff.locator(`[data-path="${path}"]`);
    }

    function act(name: string): Locator {
      return tariff.locator(`[data-act="${name}"]`).last();
    }

    async function untilBill(pattern: RegExp): Promise<void> {
      await tariff.locator('.aurion-bill').filter({ hasText: pattern }).last().waitFor();
    }

    async function inForce(): Promise<Tariff> {
      return (await aurion.request<Tariff>('GET', '/energy/tariff', { token })).body;
    }

    it('M5: shows what tranches make of a month, saves without a deploy, prices anew', async () => {
      await openTariff('fr');
      await act('add').click();
      await at('versions.1.validFrom').fill('2026-01-01');
      await at('versions.1.validFrom').blur();
      await tariff.locator('select').last().selectOption('tranches');
      await act('add-tranche').click();
      await act('add-tranche').click();
      const rows = [
        ['120', '88'],
        ['350', '123'],
        [null, '145'],
      ] as const;
      for (const [i, [upTo, price]] of rows.entries()) {
        const row = `versions.1.tranches.${i}`;
        if (upTo !== null) await at(`${row}.upTo`).fill(upTo);
        await at(`${row}.price`).fill(price);
      }
      await tariff.locator('#aurion-tariff-kwh').fill('425,8');
      await tariff.locator('#aurion-tariff-kwh').blur();
      await untilBill(/^Un mois de 425,8 kWh coûte 49\s841\sXOF\.$/);
      await tariff.getByText('Pas encore enregistré.').waitFor();
      await act('save').click();
      await tariff.getByText('Enregistré : il compte dès maintenant.').waitFor();
      const { currency, versions } = await inForce();
      assert.equal(currency, 'XOF');
      assert.deepEqual(versions[1], {
        validFrom: '2026-01-01',
        kind: 'tranches',
        tranches: [{ upTo: 120, price: '88' }, { upTo: 350, price: '123' }, { price: '145' }],
      });
      await tariff.locator('#aurion-tariff-rerate-from').fill('2026-01-01');
      await act('rerate').click();
      await tariff.getByText("Rien n'a été mesuré dans cette période.").waitFor();
      await dialog.cancel();
      assert.equal(await editors.get('fr')!.isDirty(), false);
    });

    it('says at its row what a home does not take, and saves nothing', async () => {
      const before = await inForce();
      await openTariff('en-US');
      await tariff.locator('select').last().selectOption('tou');
      await at('versions.1.price').fill('100');
      await at('versions.1.bands.0.name').fill('evening');
      await at('versions.1.bands.0.from').fill('18:00');
      await at('versions.1.bands.0.to').fill('22:00');
      await at('versions.1.bands.0.price').fill('dear');
      await act('add-band').click();
      await at('versions.1.bands.1.name').fill('night');
      await at('versions.1.bands.1.from').fill('21:00');
      await at('versions.1.bands.1.to').fill('06:00');
      await at('versions.1.bands.1.price').fill('0,5');
      await act('save').click();
      await tariff.getByText('Not saved: see what is marked red.').waitFor();
      const reason = at('versions.1.bands.0').locator('+ tr.aurion-reason');
      assert.equal(
        await reason.innerText(),
        'Price per kWh: this must be an amount such as 88 or 0.1841',
      );
      const price = at('versions.1.bands.0.price');
      assert.match((await price.getAttribute('class')) ?? '', /input-error/);
      await price.fill('150');
      await price.blur();
      // Now that each is good by itself, that they overlap.
      await tariff.getByText('the band "night" overlaps "evening"').waitFor();
      assert.deepEqual(await inForce(), before);
      await at('versions.1.bands.1.from').fill('22:00');
      await at('versions.1.bands.1.from').blur();
      await untilBill(/^A month of 250 kWh costs XOF\s[\d,]+\. \(used evenly, day and night\)$/);
      assert.equal(await tariff.locator('.aurion-reason').count(), 0);
      await tariff.locator('.aurion-days').last().locator('button').first().click();
      await act('save').click();
      await tariff.getByText('Saved: it counts from now on.').waitFor();
      const [, saved] = (await inForce()).versions;
      assert.deepEqual(
        saved?.kind === 'tou' && saved.bands.map(({ days, price: p }) => [days, p]),
        [
          [[0, 1, 2, 3, 4, 5, 6], '150'],
          [[1, 2, 3, 4, 5, 6], '0.5'],
        ],
      );
      await dialog.cancel();
    });

    it('keeps what was not saved when the dialog is cancelled, and saves it with Update', async () => {
      const editor = editors.get('en-US')!;
      await openTariff('en-US');
      await at('versions.0.price').fill('210');
      await dialog.cancel();
      await editor.page.getByText('The tariff is not saved.').waitFor();
      await openTariff('en-US');
      assert.equal(await at('versions.0.price').inputValue(), '210');
      await tariff.getByText('Not saved yet.').waitFor();
      await dialog.done();
      await editor.page.getByText('Saved: it counts from now on.').waitFor();
      const [first] = (await inForce()).versions;
      assert.equal(first?.kind === 'flat' && first.price, '210');
      assert.equal(await editor.isDirty(), false);
      await openTariff('en-US');
      await at('versions.0.price').fill('');
      await act('discard').click();
      await tariff.locator('[data-path="versions.0.price"]:not(.input-error)').waitFor();
      await untilBill(/costs XOF/);
      assert.equal(await at('versions.0.price').inputValue(), '210');
      await dialog.cancel();
    });

    it('asks for a deploy where no home runs', async () => {
      dialog = await open('en-US');
      await dialog.field('key').fill('elsewhere');
      tariff = await dialog.unfold('tariff');
      await tariff.getByText('This home does not run: deploy first.').waitFor();
      // Of an answer 404 every browser complains by itself.
      assert.match(editors.get('en-US')!.problems.splice(0).join(), /^console: .* 404 /);
      await dialog.cancel();
    });
  });
});
