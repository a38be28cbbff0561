import { Cron } from 'croner';
import { getTimes } from 'suncalc';

/** When a schedule runs, in the home's time. */
export type Timing =
  /** `time` is `HH:MM`, `date` `YYYY-MM-DD`. */
  | { readonly type: 'once'; readonly time: string; readonly date: string }
  | { readonly type: 'daily'; readonly time: string }
  /** `days` 0 = Monday to 6 = Sunday, at least one. */
  | { readonly type: 'weekly'; readonly time: string; readonly days: readonly number[] }
  /** Five fields: minute, hour, day of the month, month, day of the week (0 or 7 = Sunday). */
  | { readonly type: 'cron'; readonly cron: string }
  /** `offsetMin` minutes after (below zero: before) the sun's upper edge crosses the horizon. */
  | {
      readonly type: 'sun';
      readonly event: 'sunrise' | 'sunset';
      readonly offsetMin: number;
      readonly days: readonly number[];
    };

/** Where and when a home is. */
export interface HomeTime {
  /** IANA. */
  readonly zone: string;
  /** Needed for the sun only. */
  readonly place: { readonly latitude: number; readonly longitude: number } | null;
}

/** One run of a schedule. */
export interface Slot {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Names the slot for good, also when the clock, the zone's rules or the place change a little: the local day and what was asked for, or for cron the moment. */
  readonly key: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The sun neither rises nor sets for half a year near the poles. */
const SUN_DAYS_MAX = 200;
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

/**
 * The first slot after a moment; null when there is none any more (`once` in the past, a sun that
 * does not rise within 200 days, a sun without a place, a date that does not exist).
 *
 * A time that the spring change leaves out runs when the gap ends; one that the autumn change has
 * twice runs the first time (QUALITY M11; croner does so).
 */
export function nextSlot(timing: Timing, after: number, home: HomeTime): Slot | null {
  if (timing.type === 'sun') return nextSunSlot(timing, after, home);
  const next = cronOf(timing, home.zone).nextRun(new Date(after));
  if (!next) return null;
  const at = next.getTime();
  if (timing.type === 'cron') return { at, key: next.toISOString() };
  return { at, key: `${localDate(at, home.zone)}T${timing.time}` };
}

/**
 * The slots with `from` < at <= `to`, in their order, at most `limit`, the last ones. Looked for from
 * the end on, so that a clock that leaps over years costs no more than one that leaps over a day.
 */
export function slotsBetween(
  timing: Timing,
  { from, to, limit }: { readonly from: number; readonly to: number; readonly limit: number },
  home: HomeTime,
): Slot[] {
  for (let spanMs = HOUR_MS; ; spanMs *= 24) {
    const start = Math.max(from, to - spanMs);
    const slots: Slot[] = [];
    let slot = nextSlot(timing, start, home);
    while (slot && slot.at <= to) {
      slots.push(slot);
      slot = nextSlot(timing, slot.at, home);
    }
    if (start === from || slots.length >= limit) return slots.slice(-limit);
  }
}

/** @returns why a cron pattern can't be used, in English; null if it can */
export function cronProblem(pattern: string): string | null {
  if (pattern.trim().split(/\s+/).length !== 5)
    return 'five fields are needed, such as 0 18 * * 1-5';
  try {
    new Cron(pattern, { paused: true });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The local time of a moment: `HH:MM`. */
export function localTime(at: number, zone: string): string {
  return utcLike(at, zone).slice(11, 16);
}

/** The local date of a moment: `YYYY-MM-DD`. */
export function localDate(at: number, zone: string): string {
  return dateFormat(zone).format(at);
}

function cronOf(timing: Exclude<Timing, { type: 'sun' }>, timezone: string): Cron {
  return new Cron(patternOf(timing), { timezone, paused: true });
}

function patternOf(timing: Exclude<Timing, { type: 'sun' }>): string {
  if (timing.type === 'cron') return timing.cron;
  const [hour, minute] = timing.time.split(':').map(Number);
  switch (timing.type) {
    case 'once': {
      const [year, month, day] = timing.date.split('-').map(Number);
      return `0 ${minute} ${hour} ${day} ${month} * ${year}`;
    }
    case 'daily':
      return `${minute} ${hour} * * *`;
    case 'weekly':
      return `${minute} ${hour} * * ${timing.days.map(toCronDay).join(',')}`;
  }
}

/** Monday is 0 here and 1 in cron, Sunday 6 here and 0 in cron. */
function toCronDay(day: number): number {
  return (day + 1) % 7;
}

function nextSunSlot(
  { event, offsetMin, days }: Extract<Timing, { type: 'sun' }>,
  after: number,
  { zone, place }: HomeTime,
): Slot | null {
  if (!place) return null;
  const wanted = days.length === 0 ? EVERY_DAY : days;
  // From the day before: an offset can move a sunset over midnight.
  for (let day = -1; day <= SUN_DAYS_MAX; day++) {
    const noon = localNoon(after + day * DAY_MS, zone);
    const date = localDate(noon, zone);
    if (!wanted.includes(weekday(date))) continue;
    const sun = getTimes(new Date(noon), place.latitude, place.longitude)[event];
    if (!sun || Number.isNaN(sun.getTime())) continue;
    // To the minute: another second of a better almanac is no other slot.
    const at = Math.round(sun.getTime() / 60_000 + offsetMin) * 60_000;
    if (at > after) return { at, key: `${date} ${event} ${offsetMin}` };
  }
  return null;
}

/** Noon of the local day a moment belongs to: well within the day, whatever its hours. */
function localNoon(at: number, zone: string): number {
  const midnight = Date.parse(`${localDate(at, zone)}T12:00:00Z`);
  const shift = Date.parse(`${utcLike(midnight, zone)}Z`) - midnight;
  return midnight - shift;
}

function weekday(date: string): number {
  return (new Date(`${date}T12:00:00Z`).getUTCDay() + 6) % 7;
}

const formats = new Map<string, { date: Intl.DateTimeFormat; time: Intl.DateTimeFormat }>();

function formatsOf(zone: string): { date: Intl.DateTimeFormat; time: Intl.DateTimeFormat } {
  let known = formats.get(zone);
  if (!known) {
    const date = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    known = {
      date: new Intl.DateTimeFormat('en-CA', { timeZone: zone, ...date }),
      time: new Intl.DateTimeFormat('sv-SE', {
        ...{ timeZone: zone, ...date, hour: '2-digit', minute: '2-digit', second: '2-digit' },
        hourCycle: 'h23',
      }),
    };
    formats.set(zone, known);
  }
  return known;
}

function dateFormat(zone: string): Intl.DateTimeFormat {
  return formatsOf(zone).date;
}

/** The local time of a moment as ISO 8601 without a zone. */
function utcLike(at: number, zone: string): string {
  return formatsOf(zone).time.format(at).replace(' ', 'T');
}
