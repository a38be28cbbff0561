import { Cron } from 'croner';
import { getTimes } from 'suncalc';
import { homeCalendar, type HomeCalendar } from '../energy/calendar';

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
 * A time that the clock skips runs when it has; one that it shows twice runs the first time (QUALITY M11).
 * A cron pattern with `*` or a step for its minutes or hours is no time of day but an interval: it runs at every
 * such minute there is, and at none that the clock skips.
 */
export function nextSlot(timing: Timing, after: number, home: HomeTime): Slot | null {
  if (timing.type === 'sun') return nextSunSlot(timing, after, home);
  const pattern = patternOf(timing);
  if (isInterval(pattern)) {
    const next = new Cron(pattern, { timezone: home.zone, paused: true }).nextRun(new Date(after));
    return next && { at: next.getTime(), key: next.toISOString() };
  }
  const calendar = homeCalendar(home.zone);
  const { at, shown } = nextOnClock(pattern, after, calendar) ?? {};
  if (at === undefined || shown === undefined) return null;
  if (timing.type === 'cron') return { at, key: new Date(at).toISOString() };
  return { at, key: `${dateOf(shown)}T${timing.time}` };
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
  return new Date(homeCalendar(zone).shown(at)).toISOString().slice(11, 16);
}

/** The local date of a moment: `YYYY-MM-DD`. */
export function localDate(at: number, zone: string): string {
  return dateOf(homeCalendar(zone).shown(at));
}

/**
 * The first moment after `after` that belongs to a time of the pattern, and that time as the clock shows it. The
 * pattern is matched on the clock's own face, as if it were UTC, and only then looked for in the zone.
 */
function nextOnClock(pattern: string, after: number, calendar: HomeCalendar) {
  const cron = new Cron(pattern, { timezone: 'UTC', paused: true });
  for (let shown = calendar.shown(after); ;) {
    const next = cron.nextRun(new Date(shown));
    if (!next) return null;
    shown = next.getTime();
    const at = calendar.instantOf(shown);
    // What the clock shows a second time has run.
    if (at > after) return { at, shown };
  }
}

function isInterval(pattern: string): boolean {
  const fields = pattern.trim().split(/\s+/);
  return fields.length === 5 && fields.slice(0, 2).some((field) => /[*?/]/.test(field));
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
  const calendar = homeCalendar(zone);
  const today = Date.parse(`${localDate(after, zone)}T12:00:00Z`);
  // From the day before: an offset can move a sunset over midnight.
  for (let day = -1; day <= SUN_DAYS_MAX; day++) {
    // Dates follow each other by 24 h on the clock's face, whatever length their days have.
    const noon = today + day * DAY_MS;
    if (!wanted.includes(weekday(noon))) continue;
    const sun = getTimes(new Date(calendar.instantOf(noon)), place.latitude, place.longitude);
    const crossing = sun[event];
    if (!crossing || Number.isNaN(crossing.getTime())) continue;
    // To the minute: another second of a better almanac is no other slot.
    const at = Math.round(crossing.getTime() / 60_000 + offsetMin) * 60_000;
    if (at > after) return { at, key: `${dateOf(noon)} ${event} ${offsetMin}` };
  }
  return null;
}

/** @param shown what the clock shows, as if it were UTC */
function dateOf(shown: number): string {
  return new Date(shown).toISOString().slice(0, 10);
}

/** 0 = Monday. @param shown what the clock shows, as if it were UTC */
function weekday(shown: number): number {
  return (new Date(shown).getUTCDay() + 6) % 7;
}
