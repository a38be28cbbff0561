import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { before, describe, it } from 'mocha';

/** The parts of the sidebar that know neither the editor nor the page. */

interface Place {
  readonly language: string;
  readonly timeZone: string;
  readonly now: number;
}

interface Format {
  quantityText(value: number, unit: string, language: string, decimals?: number): string;
  moneyText(amount: number, currency: string, language: string): string;
  momentText(iso: string, place: Place): string;
}

interface Hour {
  readonly consumption: number | null;
  readonly coverage: number;
}

interface At {
  readonly x: number;
  readonly y: number;
}

interface Curve {
  curveOf(
    points: readonly Hour[],
    box: { width: number; height: number },
  ): { max: number; slot: number; segments: At[][]; gaps: { x: number; width: number }[] };
  linePath(segment: readonly At[]): string;
  areaPath(segment: readonly At[], height: number): string;
  niceMax(value: number): number;
}

interface Thing {
  readonly id: number;
  readonly name: string;
  readonly room: string;
}

interface Lists {
  matching(things: Thing[], filter: string, textsOf: (thing: Thing) => string[]): Thing[];
  limited<T>(things: T[], max?: number): { shown: T[]; left: number };
  byPlace(things: Thing[], placeOf: (thing: Thing) => string, language: string): Thing[];
  underPlaces(
    things: Thing[],
    placeOf: (thing: Thing) => string,
  ): { place?: string; thing?: Thing }[];
  guessedType(
    found: { topic: string; sample: string },
    kind: string,
    types: readonly string[],
  ): string;
}

function load<T>(name: string): Promise<T> {
  const file = join(__dirname, '..', '..', 'resources', 'sidebar', `${name}.mjs`);
  return import(pathToFileURL(file).href) as Promise<T>;
}

/** Intl's narrow and unbreakable blanks as plain ones. */
function plain(text: string): string {
  return text.replace(/\s/g, ' ');
}

describe("the sidebar's figures", () => {
  let format: Format;
  let curve: Curve;
  before(async () => {
    format = await load('format');
    curve = await load('curve');
  });

  it('are written as the reader writes them, with 3 decimals at most', () => {
    assert.equal(plain(format.quantityText(1234.56789, 'kWh', 'fr')), '1 234,568 kWh');
    assert.equal(plain(format.quantityText(1234.56789, 'kWh', 'en-US')), '1,234.568 kWh');
    assert.equal(plain(format.quantityText(0.4, 'kW', 'fr')), '0,4 kW');
    assert.equal(plain(format.quantityText(21, '', 'fr')), '21');
    assert.equal(plain(format.moneyText(49841, 'XOF', 'fr')), '49 841 F CFA');
    assert.equal(plain(format.moneyText(12.5, 'EUR', 'en-US')), '€12.50');
    assert.equal(plain(format.moneyText(12.5, 'no currency', 'fr')), '12,5 no currency');
  });

  it("are of the home's zone, with the date where it is not today there", () => {
    const now = Date.parse('2026-11-22T23:30:00Z');
    const lome = { language: 'fr', timeZone: 'Africa/Lome', now };
    assert.equal(plain(format.momentText('2026-11-22T08:05:09Z', lome)), '08:05');
    assert.equal(plain(format.momentText('2026-11-21T08:05:09Z', lome)), '21 nov., 08:05');
    const paris = { language: 'fr', timeZone: 'Europe/Paris', now };
    assert.equal(plain(format.momentText('2026-11-22T08:05:09Z', paris)), '22 nov., 09:05');
    assert.equal(plain(format.momentText('2026-11-22T23:05:00Z', paris)), '00:05');
  });

  it('are a curve with gaps where nothing was measured, which is never 0', () => {
    const hours = [
      { consumption: 1, coverage: 1 },
      { consumption: null, coverage: 0 },
      { consumption: 0, coverage: 1 },
      // Half an hour is known: 0.5 kWh in it are 1 kW.
      { consumption: 0.5, coverage: 0.5 },
    ];
    assert.deepEqual(curve.curveOf(hours, { width: 40, height: 10 }), {
      max: 1,
      slot: 10,
      segments: [
        [{ x: 5, y: 0 }],
        [
          { x: 25, y: 10 },
          { x: 35, y: 0 },
        ],
      ],
      gaps: [{ x: 10, width: 10 }],
    });
    const nothing = curve.curveOf([{ consumption: null, coverage: 0 }], { width: 40, height: 10 });
    assert.deepEqual([nothing.segments, nothing.gaps], [[], [{ x: 0, width: 40 }]]);
  });

  it('are drawn: an hour alone is a point', () => {
    const run = [
      { x: 5, y: 0 },
      { x: 15, y: 3.333333 },
    ];
    assert.equal(curve.linePath(run), 'M5 0L15 3.33');
    assert.equal(curve.areaPath(run, 10), 'M5 0L15 3.33V10H5Z');
    assert.equal(curve.linePath([{ x: 5, y: 2 }]), 'M5 2h0');
  });

  it('end with a round number', () => {
    const nice = [0, 0.013, 0.2, 0.21, 1, 1.01, 4.2, 7, 12].map((value) => curve.niceMax(value));
    assert.deepEqual(nice, [1, 0.02, 0.2, 0.5, 1, 2, 5, 10, 20]);
  });
});

describe("the sidebar's lists", () => {
  let lists: Lists;
  before(async () => {
    lists = await load('lists');
  });
  const things = [
    { id: 1, name: 'Lumière 10', room: 'Salon' },
    { id: 2, name: 'Climatiseur', room: 'Chambre' },
    { id: 3, name: 'lumière 9', room: 'Salon' },
    { id: 4, name: 'Écran', room: 'Élan' },
  ];
  const roomOf = ({ room }: Thing) => room;
  const ids = (some: readonly Thing[]) => some.map(({ id }) => id);

  it('are filtered by each word, whatever its accents and capitals', () => {
    const found = (filter: string) =>
      ids(lists.matching(things, filter, ({ name, room }) => [name, room]));
    assert.deepEqual(found(''), [1, 2, 3, 4]);
    assert.deepEqual(found('LUMIERE salon'), [1, 3]);
    assert.deepEqual(found('ecr'), [4]);
    assert.deepEqual(found('salon chambre'), []);
  });

  it('stand under their places, in the order of the language', () => {
    const sorted = lists.byPlace(things, roomOf, 'fr');
    assert.deepEqual(ids(sorted), [2, 4, 3, 1]);
    assert.deepEqual(
      lists.underPlaces(sorted, roomOf).map(({ place, thing }) => place ?? thing?.id),
      ['Chambre', 2, 'Élan', 4, 'Salon', 3, 1],
    );
  });

  it('of 5,000 devices show a hundred and say how many are left, within 100 ms', () => {
    const many = Array.from({ length: 5000 }, (_, id) => ({
      ...{ id, name: `Lampe ${5000 - id}`, room: `Pièce ${id % 40}` },
    }));
    const from = performance.now();
    const found = lists.matching(many, 'lampe', ({ name, room }) => [name, room]);
    const { shown, left } = lists.limited(lists.byPlace(found, roomOf, 'fr'));
    const tookMs = performance.now() - from;
    assert.deepEqual([shown.length, left], [100, 4900]);
    assert.deepEqual([shown[0]!.room, shown[0]!.name], ['Pièce 0', 'Lampe 40']);
    assert.ok(tookMs < 100, `${tookMs} ms`);
  });

  it('guess what a stranger may be by its topic and its words', () => {
    const sensors = ['motion', 'smoke', 'temperature', 'other'];
    const guess = (topic: string, sample: string, kind = 'device') =>
      lists.guessedType({ topic, sample }, kind, sensors);
    assert.equal(guess('aurion/energy/x/data', '{"power":1}'), 'meter');
    assert.equal(guess('aurion/devices/x/status', '{"status":true,"brightness":4'), 'light');
    assert.equal(guess('aurion/devices/x/status', 'nonsense'), 'other');
    assert.equal(guess('aurion/sensors/x/data', '{"smoke": true}', 'sensor'), 'smoke');
    assert.equal(guess('aurion/sensors/x/data', '{"value": 1}', 'sensor'), 'other');
  });
});
