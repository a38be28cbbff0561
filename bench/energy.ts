/**
 * How fast a meter is counted: a year of readings every 10 s, in batches of a day, of an hour and one by
 * one, and a year's history from its day buckets.
 * node -r ts-node/register bench/energy.ts
 */
import { DEFAULT_TARIFF } from '../src/contract/tariff';
import { rollUp, type Known } from '../src/domain/energy/buckets';
import { homeCalendar } from '../src/domain/energy/calendar';
import { advance, BEGINNING } from '../src/domain/energy/checkpoint';
import { historyPoints, historyRange } from '../src/domain/energy/history';
import { rate, rollUpRated } from '../src/domain/energy/rating';
import type { Reading } from '../src/domain/energy/reading';
import { homeTariff } from '../src/domain/energy/tariff';

const START = Date.parse('2025-01-01T00:00:00Z');
const EVERY_MS = 10_000;
const COUNT = (365 * 86_400_000) / EVERY_MS;
const METER = { intervalS: 10, maxPowerW: null, counterMaxKWh: null, resetsToZero: false };

/** About 700 W; the counter is in Wh. */
function readingAt(i: number): Reading {
  const at = START + i * EVERY_MS;
  const powerW = 700 + 600 * Math.sin(i / 1000);
  return {
    timestamp: at,
    receivedAt: at,
    seq: i,
    powerW,
    energy: Math.round(i * 1.944) * 1e6,
    redelivered: false,
  };
}

function count(batch: number, total: number): ReadonlyMap<number, Known> {
  const stored = new Map<number, Known>();
  let checkpoint = BEGINNING;
  let tookMs = 0;
  for (let i = 0; i < total; i += batch) {
    const readings = Array.from({ length: Math.min(batch, total - i) }, (_, k) => readingAt(i + k));
    const begun = performance.now();
    const advanced = advance(METER, checkpoint, readings);
    tookMs += performance.now() - begun;
    checkpoint = advanced.checkpoint;
    for (const bucket of advanced.buckets) stored.set(bucket.start, bucket);
  }
  const perReading = ((tookMs * 1000) / total).toFixed(2);
  console.log(
    `${total} readings, ${batch} at a time: ${tookMs.toFixed(0)} ms, ${perReading} µs each, ${stored.size} buckets`,
  );
  return stored;
}

function timed<T>(what: string, run: () => T): T {
  const begun = performance.now();
  const result = run();
  console.log(`${what}: ${(performance.now() - begun).toFixed(2)} ms`);
  return result;
}

count(8640, COUNT / 10);
const year = [...count(8640, COUNT).values()];
count(360, COUNT);
count(1, COUNT / 10);

const calendar = timed('calendar of Paris, made', () => homeCalendar('Europe/Paris'));
const tariff = homeTariff(DEFAULT_TARIFF, calendar);
timed('a year of 5-minute buckets to days', () => rollUp(year, calendar, 'day'));
const rated = timed('a year of 5-minute buckets priced', () => rate(year, tariff).rated);
const days = rollUpRated(rated, calendar, 'day');
for (const round of ['first', 'second']) {
  timed(`a year's history from its days (${round})`, () => {
    const range = historyRange(
      { from: '2025-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z', step: 'day' },
      START + 366 * 86_400_000,
      calendar,
    );
    return historyPoints(range, days, tariff, Date.now()).length;
  });
}
