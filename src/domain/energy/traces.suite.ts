import { NEW_METER, type MeterDeclaration } from './meter';
import type { Reading } from './reading';
import { DAY_MS, HOUR_MS, microWh, MINUTE_MS } from './units';

/** A meter's readings and what it is known to have measured. */
export interface Trace {
  readonly name: string;
  readonly declaration?: Partial<MeterDeclaration>;
  readonly readings: readonly Reading[];
  /** kWh in all. */
  readonly truth: number;
  /** kWh by local date in the zone. */
  readonly days?: Readonly<Record<string, number>>;
  readonly zone?: string;
  readonly events?: readonly string[];
  readonly dropped?: Partial<(typeof NEW_METER)['dropped']>;
}

export const DECLARATION: MeterDeclaration = {
  intervalS: null,
  maxPowerW: null,
  counterMaxKWh: null,
  resetsToZero: false,
};

export const T0 = Date.parse('2026-03-02T00:00:00Z');

interface Said {
  readonly at: number;
  readonly kWh?: number | null;
  readonly powerW?: number | null;
  readonly seq?: number | null;
  readonly receivedAt?: number;
  readonly timed?: boolean;
  readonly redelivered?: boolean;
}

export function reading({ at, kWh, powerW, seq, receivedAt, timed, redelivered }: Said): Reading {
  return {
    timestamp: timed === false ? null : at,
    receivedAt: receivedAt ?? at,
    seq: seq ?? null,
    powerW: powerW ?? null,
    energy: kWh === undefined || kWh === null ? null : microWh(kWh),
    redelivered: redelivered ?? false,
  };
}

/** Counter values, `everyMs` apart. */
export function counter(
  values: readonly (number | null)[],
  everyMs = MINUTE_MS,
  from = T0,
): readonly Reading[] {
  return values.flatMap((kWh, i) =>
    kWh === null ? [] : [reading({ at: from + i * everyMs, kWh, seq: i })],
  );
}

/** A counter that rises evenly: `kWh` over `count` intervals. */
function even(
  count: number,
  kWh: number,
  everyMs = 10_000,
  from = T0,
  start = 100,
): readonly Reading[] {
  const values = Array.from({ length: count + 1 }, (_, i) => start + (kWh * i) / count);
  return counter(values, everyMs, from);
}

function gauge(watts: readonly number[], everyMs: number, from = T0): readonly Reading[] {
  return watts.map((powerW, i) => reading({ at: from + i * everyMs, powerW, seq: i }));
}

/** The same set in another order, some of it twice; the same for the same seed. */
export function shuffled(readings: readonly Reading[], share = 0.2, seed = 7): readonly Reading[] {
  let state = seed;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const all = [...readings, ...readings.filter(() => random() < share)];
  return all
    .map((one) => ({ one, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ one }) => one);
}

const steady = even(360, 1);
const dayOf = (kW: number, from: number, hours: number) =>
  even(hours * 60, kW * hours, MINUTE_MS, from);

/** A plug that remembers its counter hourly and goes back to that at each power cut. */
function forgetfulPlug(cuts: number): Trace {
  const readings: Reading[] = [];
  let [truth, shown, at] = [0, 12, T0];
  for (let cut = 0; cut <= cuts; cut += 1) {
    const saved = shown;
    for (let minute = 0; minute < 50; minute += 1) {
      readings.push(reading({ at, kWh: shown }));
      at += MINUTE_MS;
      if (minute < 49) {
        shown += 0.02;
        truth += 0.02;
      }
    }
    shown = saved + 0.1;
  }
  return {
    name: `a plug falls back at each of ${cuts} power cuts`,
    readings,
    truth,
    events: Array.from({ length: cuts }, () => 'meter.reset'),
  };
}

const H = HOUR_MS;

export const TRACES: readonly Trace[] = [
  { name: 'a steady counter', readings: steady, truth: 1 },
  { name: 'a steady counter, shuffled with copies', readings: shuffled(steady), truth: 1 },
  { name: 'a counter that stands still', readings: counter(Array(100).fill(7.5)), truth: 0 },
  { name: 'a single counter value', readings: counter([359.067]), truth: 0 },
  {
    name: 'M1: 359.067, 358.900, 359.400',
    readings: counter([359.067, 358.9, 359.4], 10 * MINUTE_MS),
    truth: 0.5,
    events: ['meter.reset'],
  },
  forgetfulPlug(1),
  forgetfulPlug(20),
  {
    name: 'M1: a glitch to 0 and back',
    readings: counter([359.067, 359.07, 0, 359.08, 359.09], 10_000),
    truth: 0.023,
    events: [],
  },
  {
    name: 'M1: a glitch of several readings, counting up in between',
    readings: counter([359.067, 0, 0.01, 0.02, 359.09, 359.1], 10_000),
    truth: 0.033,
    events: [],
  },
  {
    name: 'M1: a glitch that falls twice before it is back',
    readings: counter([359.067, 1, 0, 359.09, 359.1], 10_000),
    truth: 0.033,
    events: [],
  },
  {
    name: 'M1: a glitch of a meter that resets to zero',
    declaration: { resetsToZero: true },
    readings: counter([359.067, 0.01, 359.08, 359.09], 10_000),
    truth: 0.023,
    events: [],
  },
  {
    name: 'M1: rollover at the declared maximum',
    declaration: { counterMaxKWh: 100_000 },
    readings: counter([99_999.8, 99_999.9, 0.05, 0.15]),
    truth: 0.35,
    events: [],
  },
  {
    name: 'M1: a small counter (16 bit of Wh) that rolls over three times',
    declaration: { counterMaxKWh: 65.536 },
    readings: counter(
      Array.from({ length: 400 }, (_, i) => (i * 0.5) % 65.536),
      10 * MINUTE_MS,
    ),
    truth: 199.5,
    events: [],
  },
  {
    name: 'M1: a reset far from the declared maximum is no rollover',
    declaration: { counterMaxKWh: 100_000 },
    readings: counter([500, 500.1, 0, 0.1]),
    truth: 0.2,
    events: ['meter.reset'],
  },
  {
    name: 'M1: a reset in the middle is no rollover, even where one were possible',
    declaration: { counterMaxKWh: 65.536 },
    readings: counter([40, 1, 1.5], 2 * HOUR_MS),
    truth: 0.5,
    events: ['meter.reset'],
  },
  {
    name: 'M1: a meter that resets to zero adds what it shows',
    declaration: { resetsToZero: true },
    readings: counter([80, 80.1, 0.05, 0.15]),
    truth: 0.25,
    events: ['meter.reset'],
  },
  {
    name: 'M1: one that resets to zero adds nothing it can not have used',
    declaration: { resetsToZero: true },
    readings: counter([80, 80.1, 40, 40.1]),
    truth: 0.2,
    events: ['meter.reset'],
  },
  {
    name: 'M2: a glitch up is dropped',
    readings: counter([10, 10.01, 8000, 10.02, 10.03], 10_000),
    truth: 0.03,
    events: [],
    dropped: { jump: 1 },
  },
  {
    name: 'M2: two different glitches up are dropped',
    readings: counter([10, 8000, 5000, 10.02, 10.03], 10_000),
    truth: 0.03,
    events: [],
    dropped: { jump: 2 },
  },
  {
    name: 'M2: a glitch up is not agreed with by a higher one',
    readings: counter([10, 5000, 8000, 10.02, 10.03], 10_000),
    truth: 0.03,
    events: [],
    dropped: { jump: 2 },
  },
  {
    name: 'M2: a replaced meter that shows more bills nothing',
    readings: counter([10, 10.01, 5000, 5000.01, 5000.02], 10_000),
    truth: 0.03,
    events: ['meter.jumped'],
  },
  {
    name: 'M1: a replaced meter that shows less bills nothing',
    readings: counter([5000, 5000.01, 3, 3.01, 3.02], 10_000),
    truth: 0.03,
    events: ['meter.reset'],
  },
  {
    name: 'M2: a rise a second reading agrees with counts, up to a day at maximum power',
    readings: counter([10, 60, 60.01], 10_000),
    truth: 50.01,
    events: [],
  },
  {
    name: 'M2: a coarse counter (1 kWh ticks every 10 s reading) loses nothing',
    readings: counter(
      Array.from({ length: 3605 }, (_, i) => 500 + Math.floor(i / 360)),
      10_000,
    ),
    truth: 10,
    events: [],
    dropped: { jump: 0 },
  },
  {
    name: 'M2: a declared maximum power above the default is believed',
    declaration: { maxPowerW: 100_000 },
    readings: counter([0, 13, 26], 10 * MINUTE_MS),
    truth: 26,
  },
  {
    name: 'M3: a hole in a counter is recovered evenly',
    readings: [...dayOf(1, T0, 6), ...even(60, 1, MINUTE_MS, T0 + 54 * H, 154)],
    truth: 55,
    days: { '2026-03-02': 24, '2026-03-03': 24, '2026-03-04': 7 },
    zone: 'Africa/Lome',
  },
  {
    name: 'M3: 1 kW at 10:00 and nothing until 22:00',
    readings: gauge([1000, 0], 12 * H),
    truth: 1 / 12,
  },
  {
    name: 'M3: a declared interval shortens the hold',
    declaration: { intervalS: 10 },
    readings: gauge([1200, 0], 12 * H),
    truth: 0.01,
  },
  {
    name: 'M3: a steady gauge',
    readings: gauge([...Array<number>(60).fill(600), 0], MINUTE_MS),
    truth: 0.6,
  },
  {
    name: 'M3: export consumes nothing',
    readings: gauge([1200, -3000, -3000, 1200, 0], 5 * MINUTE_MS),
    truth: 0.2,
  },
  {
    name: 'a gauge glitch above what the meter can measure is dropped',
    declaration: { intervalS: 60 },
    readings: gauge([1200, 9e6, 1200, 0], MINUTE_MS),
    truth: 0.06,
    dropped: { power: 1 },
  },
  {
    name: 'M3: from its first counter value on a meter is counted by its counter',
    readings: [
      ...gauge(Array<number>(6).fill(1200), 5 * MINUTE_MS),
      ...counter([50, 50.2, 50.4], 10 * MINUTE_MS, T0 + 30 * MINUTE_MS),
      ...gauge(Array<number>(9).fill(9999), MINUTE_MS, T0 + 31 * MINUTE_MS),
    ],
    truth: 1,
  },
  {
    name: 'M6: power and counter of one instant in two messages',
    readings: counter([1, 1.1, 1.2]).flatMap((one) => [
      { ...one, powerW: 6000, energy: null },
      { ...one, seq: (one.seq ?? 0) + 1 },
    ]),
    truth: 0.2,
  },
  {
    name: 'M6: seq restarts with the device',
    readings: counter([20, 20.1, 20.2, 20.3, 20.4]).map((one, i) => ({ ...one, seq: i % 3 })),
    truth: 0.4,
    events: ['device.restarted'],
  },
  {
    name: 'M6: a restart that also falls to zero',
    readings: counter([20, 20.1, 0, 0.1, 0.2]).map((one, i) => ({
      ...one,
      seq: i < 2 ? 500 + i : i,
    })),
    truth: 0.3,
    events: ['device.restarted', 'meter.reset'],
  },
  {
    name: 'M6: without timestamp, copies by seq within 10 min',
    readings: [20, 20.1, 20.1, 20.2].map((kWh, i) =>
      reading({ at: T0 + i * MINUTE_MS, kWh, seq: [0, 1, 1, 2][i] ?? 0, timed: false }),
    ),
    truth: 0.2,
    dropped: { duplicate: 1 },
  },
  {
    name: 'M6: without timestamp, the same again after 10 min is no copy',
    readings: [1200, 1200, 0].map((powerW, i) =>
      reading({ at: T0 + i * 11 * MINUTE_MS, powerW, seq: 5, timed: false }),
    ),
    truth: 0.2,
    dropped: { duplicate: 0 },
  },
  {
    name: 'M6: two values of one timestamp and seq: the higher one, in any order',
    readings: [20, 20.2, 20.1].map((kWh, i) =>
      reading({ at: T0 + (i && MINUTE_MS), kWh, seq: i && 1 }),
    ),
    truth: 0.2,
    dropped: { duplicate: 1 },
  },
  {
    name: 'M6: without timestamp and seq only what is redelivered is a copy',
    readings: [1200, 1200, 1200, 0].map((powerW, i) =>
      reading({ at: T0 + i * 5 * MINUTE_MS, powerW, timed: false, redelivered: i === 2 }),
    ),
    // The copy of the second is dropped, so that the second is held for 5 min only.
    truth: 0.2,
    dropped: { duplicate: 1 },
  },
  {
    name: 'M6: a clock an hour ahead counts by arrival',
    readings: [30, 30.1, 30.2].map((kWh, i) =>
      reading({ at: T0 + H + i * MINUTE_MS, kWh, seq: i, receivedAt: T0 + i * MINUTE_MS }),
    ),
    truth: 0.2,
    days: { '2026-03-02': 0.2 },
    zone: 'Africa/Lome',
  },
  {
    name: 'M6: readings that come days late find their place',
    readings: shuffled(
      dayOf(2, T0, 72).map((one) => ({ ...one, receivedAt: T0 + 5 * DAY_MS })),
      0,
    ),
    truth: 144,
    days: { '2026-03-02': 48, '2026-03-03': 48, '2026-03-04': 48 },
    zone: 'Africa/Lome',
  },
  {
    name: 'M4: the spring day of Paris has 23 hours',
    readings: dayOf(1, Date.parse('2026-03-28T23:00:00Z'), 30),
    truth: 30,
    days: { '2026-03-29': 23, '2026-03-30': 7 },
    zone: 'Europe/Paris',
  },
  {
    name: 'M4: the autumn day of Paris has 25 hours',
    readings: dayOf(1, Date.parse('2026-10-24T22:00:00Z'), 30),
    truth: 30,
    days: { '2026-10-25': 25, '2026-10-26': 5 },
    zone: 'Europe/Paris',
  },
  {
    name: 'M4: a hole over the spring day of Paris',
    readings: counter([0, 48], 48 * H, Date.parse('2026-03-27T23:00:00Z')),
    truth: 48,
    days: { '2026-03-28': 24, '2026-03-29': 23, '2026-03-30': 1 },
    zone: 'Europe/Paris',
  },
  {
    name: 'M4: days of a half-hour zone',
    readings: dayOf(1, Date.parse('2026-05-31T12:30:00Z'), 12),
    truth: 12,
    days: { '2026-05-31': 6, '2026-06-01': 6 },
    zone: 'Asia/Kolkata',
  },
  {
    name: 'M14: watt-hours and kilowatt-hours of one counter',
    // As `readMeterMessage` gives them: 20,100 Wh is 20.1 kWh.
    readings: counter([20, 20_100 / 1000, 20.2]),
    truth: 0.2,
  },
  {
    name: 'everything at once: glitch, cut, hole, copies, shuffle',
    readings: shuffled([
      ...counter([100, 100.1, 0, 100.2, 100.3], MINUTE_MS),
      ...counter([100.25, 100.35, 9999, 100.45], MINUTE_MS, T0 + 10 * MINUTE_MS),
      ...counter([103.45, 103.55], MINUTE_MS, T0 + 10 * H),
    ]),
    truth: 0.3 + 0.2 + 3.1,
    events: ['device.restarted', 'meter.reset', 'device.restarted'],
    dropped: { jump: 1 },
  },
];
