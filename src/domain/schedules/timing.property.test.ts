import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { nextSlot, slotsBetween, type HomeTime, type Timing } from './timing';
import { often } from '../../../test/support/often';

/** The law of README: what each local date has, in zones whose clocks change in every way there is. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const HOMES: readonly HomeTime[] = [
  { zone: 'Europe/Paris', place: { latitude: 48.86, longitude: 2.35 } },
  { zone: 'America/New_York', place: { latitude: 40.71, longitude: -74.01 } },
  // In spring the clock skips the hour before midnight.
  { zone: 'America/Nuuk', place: { latitude: 64.18, longitude: -51.72 } },
  { zone: 'America/Scoresbysund', place: null },
  // By half an hour.
  { zone: 'Australia/Lord_Howe', place: { latitude: -31.55, longitude: 159.08 } },
  // Four changes a year, around Ramadan.
  { zone: 'Africa/Casablanca', place: { latitude: 33.57, longitude: -7.59 } },
  // In spring the clock skips the hour after midnight.
  { zone: 'Africa/Cairo', place: { latitude: 30.04, longitude: 31.24 } },
  { zone: 'Africa/Lome', place: { latitude: 6.13, longitude: 1.22 } },
];

const faces = new Map<string, Intl.DateTimeFormat>();

/** What the clock of a zone shows, as if it were UTC: by Intl alone, so not by the code under test. */
function face(at: number, zone: string): number {
  let format = faces.get(zone);
  if (!format) {
    const date = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    faces.set(
      zone,
      (format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, ...date, ...time })),
    );
  }
  return Date.parse(`${format.format(at).replace(' ', 'T')}Z`);
}

const changes = new Map<string, readonly number[]>();

/** The days (as UTC midnights) of a year on which a zone's clock changes, or New Year's Day if it never does. */
function changesOf(zone: string, year: number): readonly number[] {
  const key = `${zone} ${year}`;
  const found = changes.get(key);
  if (found) return found;
  const offset = (at: number) => face(at, zone) - at;
  const days: number[] = [];
  for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += DAY_MS)
    if (offset(day) !== offset(day + DAY_MS)) days.push(day);
  changes.set(key, days.length > 0 ? days : [Date.UTC(year, 0, 1)]);
  return changesOf(zone, year);
}

/** A home, and an instant mostly around a change of its clock. */
const sceneOf = (homes: readonly HomeTime[]) =>
  fc
    .record({
      home: fc.constantFrom(...homes),
      year: fc.integer({ min: 2020, max: 2032 }),
      which: fc.nat(),
      awayMin: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: -3 * 1440, max: 2 * 1440 }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 360 * 1440 }) },
      ),
    })
    .map(({ home, year, which, awayMin }) => {
      const days = changesOf(home.zone, year);
      return { home, from: (days[which % days.length] ?? 0) + awayMin * MINUTE_MS };
    });

const minuteOfDay = fc.oneof(
  fc.integer({ min: 0, max: 1439 }),
  fc.integer({ min: 0, max: 210 }),
  fc.integer({ min: 1320, max: 1439 }),
);
const timeText = (minute: number) =>
  [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');

/**
 * When each of these times of each local date runs: the first minute at which the clock shows it, and if it
 * never does, the first at which it shows a later one. Minute by minute, so that nothing is clever.
 */
function expected(
  minutes: readonly number[],
  { zone }: HomeTime,
  from: number,
  to: number,
): { readonly at: number; readonly date: string }[] {
  const shows: (readonly [at: number, shown: number])[] = [];
  for (let at = from - 2 * DAY_MS; at <= to + 2 * DAY_MS; at += MINUTE_MS)
    shows.push([at, face(at, zone)]);
  const slots: { at: number; date: string }[] = [];
  const firstDay = Math.floor(face(from, zone) / DAY_MS) - 1;
  const lastDay = Math.floor(face(to, zone) / DAY_MS) + 1;
  for (let day = firstDay; day <= lastDay; day += 1) {
    for (const minute of minutes) {
      const wanted = day * DAY_MS + minute * MINUTE_MS;
      const at = (shows.find(([, shown]) => shown === wanted) ??
        shows.find(([, shown]) => shown > wanted))?.[0];
      if (at === undefined || at <= from || at > to) continue;
      slots.push({ at, date: new Date(wanted).toISOString().slice(0, 10) });
    }
  }
  return slots.sort((a, b) => a.at - b.at);
}

const SPAN_MS = 3 * DAY_MS;

describe('M11: each local date', () => {
  it('has its time once: when the clock shows it first, or has skipped it', () => {
    fc.assert(
      fc.property(sceneOf(HOMES), minuteOfDay, ({ home, from }, minute) => {
        const to = from + SPAN_MS;
        const timing: Timing = { type: 'daily', time: timeText(minute) };
        const slots = slotsBetween(timing, { from, to, limit: 100 }, home);
        assert.deepEqual(
          slots,
          expected([minute], home, from, to).map(({ at, date }) => ({
            at,
            key: `${date}T${timeText(minute)}`,
          })),
        );
      }),
      { numRuns: often(150) },
    );
  });

  it('has every time of a cron list once, and times skipped together run together', () => {
    const list = (max: number) =>
      fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(sceneOf(HOMES), list(59), list(23), ({ home, from }, minutes, hours) => {
        const to = from + SPAN_MS;
        const timing: Timing = { type: 'cron', cron: `${minutes.join()} ${hours.join()} * * *` };
        const times = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
        const slots = slotsBetween(timing, { from, to, limit: 1000 }, home);
        const wanted = new Set(expected(times, home, from, to).map(({ at }) => at));
        assert.deepEqual(
          slots.map(({ at }) => at),
          [...wanted],
        );
      }),
      { numRuns: often(150) },
    );
  });

  it('has every minute that there is for an interval, and none that the clock skips', () => {
    fc.assert(
      fc.property(sceneOf(HOMES), fc.integer({ min: 0, max: 23 }), ({ home, from }, hour) => {
        const to = from + SPAN_MS;
        const timing: Timing = { type: 'cron', cron: `*/15 ${hour} * * *` };
        const slots = slotsBetween(timing, { from, to, limit: 1000 }, home);
        const wanted: number[] = [];
        for (let at = from + MINUTE_MS; at <= to; at += MINUTE_MS) {
          const shown = new Date(face(at, home.zone));
          if (shown.getUTCHours() === hour && shown.getUTCMinutes() % 15 === 0) wanted.push(at);
        }
        assert.deepEqual(
          slots.map(({ at }) => at),
          wanted,
        );
      }),
      { numRuns: often(60) },
    );
  });

  it('has its sun once, from whatever moment it is looked for', () => {
    const sunny = HOMES.filter(({ place }) => place !== null);
    const event = fc.constantFrom('sunrise' as const, 'sunset' as const);
    const offset = fc.constantFrom(0, 0, -30, 45, 720, -720);
    fc.assert(
      fc.property(sceneOf(sunny), event, offset, ({ home, from }, what, offsetMin) => {
        const timing: Timing = { type: 'sun', event: what, offsetMin, days: [] };
        const to = from + 5 * DAY_MS;
        const slots = slotsBetween(timing, { from, to, limit: 100 }, home);
        const dates = slots.map(({ key }) => Date.parse(`${key.slice(0, 10)}T00:00:00Z`));
        // Neighbours in time are neighbours in the calendar: none is left out, none comes twice.
        dates.forEach((date, i) => assert.equal(date, (dates[0] ?? 0) + i * DAY_MS));
        assert.ok(slots.length >= 4 && slots.length <= 6, String(slots.length));
        // Whoever looks a little later finds the same, less what has been.
        for (let later = from; later < from + 3 * DAY_MS; later += HOUR_MS / 2) {
          const [first] = slots.filter(({ at }) => at > later);
          assert.deepEqual(nextSlot(timing, later, home), first, new Date(later).toISOString());
        }
        for (const { at, key } of slots) {
          const noon = Date.parse(`${key.slice(0, 10)}T12:00:00Z`);
          const crossing = face(at, home.zone) - offsetMin * MINUTE_MS;
          // Sunrise is before noon, sunset after it, and neither by more than 14 h.
          const away = what === 'sunrise' ? noon - crossing : crossing - noon;
          assert.ok(away > -HOUR_MS && away < 14 * HOUR_MS, `${key} ${new Date(at).toISOString()}`);
          assert.deepEqual(nextSlot(timing, at - 1, home), { at, key });
        }
      }),
      { numRuns: often(200) },
    );
  });
});

describe('M11: what was seen', () => {
  const PARIS = HOMES[0] as HomeTime;
  const nuuk = (timing: Timing, after: string) =>
    nextSlot(timing, Date.parse(after), { zone: 'America/Nuuk', place: null });

  it('the sun of the day of the spring change, looked for in the last hour of the day before', () => {
    const sunrise: Timing = { type: 'sun', event: 'sunrise', offsetMin: 0, days: [] };
    for (const after of ['2026-03-28T22:30:00Z', '2026-03-28T22:59:00Z', '2026-03-28T23:00:00Z'])
      assert.match(nextSlot(sunrise, Date.parse(after), PARIS)?.key ?? '', /^2026-03-29 /);
    const sundays: Timing = { ...sunrise, days: [6] };
    assert.match(
      nextSlot(sundays, Date.parse('2026-03-28T22:30:00Z'), PARIS)?.key ?? '',
      /^2026-03-29 /,
    );
  });

  it('a time in a gap that ends at midnight, under the date it belongs to', () => {
    const gapEnd = Date.parse('2026-03-29T01:00:00Z');
    const daily: Timing = { type: 'daily', time: '23:30' };
    assert.deepEqual(nuuk(daily, '2026-03-28T12:00:00Z'), { at: gapEnd, key: '2026-03-28T23:30' });
    assert.equal(nuuk(daily, '2026-03-29T01:00:00Z')?.key, '2026-03-29T23:30');
    const saturdays: Timing = { type: 'weekly', time: '23:30', days: [5] };
    assert.equal(nuuk(saturdays, '2026-03-28T12:00:00Z')?.at, gapEnd);
    const once: Timing = { type: 'once', time: '23:30', date: '2026-03-28' };
    assert.equal(nuuk(once, '2026-03-01T00:00:00Z')?.at, gapEnd);
    const cron: Timing = { type: 'cron', cron: '30 22,23 * * 6' };
    assert.equal(nuuk(cron, '2026-03-29T00:30:00Z')?.at, gapEnd);
  });

  it('a list of hours in Paris: 02:00 runs at 03:00 in spring, and once in autumn', () => {
    const cron: Timing = { type: 'cron', cron: '0 2,14 * * *' };
    const day = (date: string) => {
      const from = Date.parse(`${date}T12:30:00Z`) - DAY_MS;
      return slotsBetween(cron, { from, to: from + DAY_MS, limit: 9 }, PARIS).map(({ key }) => key);
    };
    assert.deepEqual(day('2026-03-29'), [
      '2026-03-28T13:00:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-29T12:00:00.000Z',
    ]);
    assert.deepEqual(day('2026-10-25'), ['2026-10-25T00:00:00.000Z']);
  });
});
