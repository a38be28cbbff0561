import { AurionError } from '../../contract/errors';
import type { Text } from '../../contract/language';
import type { SCHEDULE_TYPES } from '../../contract/schedule';
import { cronProblem, localDate, localTime, nextSlot, type HomeTime, type Timing } from './timing';

/** What a timing may be made of; which fields count depends on its type. */
export interface TimingFields {
  readonly type?: (typeof SCHEDULE_TYPES)[number] | undefined;
  readonly time?: string | undefined;
  readonly date?: string | undefined;
  readonly days?: readonly number[] | undefined;
  readonly cron?: string | undefined;
  readonly event?: 'sunrise' | 'sunset' | undefined;
  readonly offsetMin?: number | undefined;
}

const PROBLEMS = {
  type: { fr: 'le type manque', en: 'the type is missing' },
  time: { fr: "l'heure (HH:MM) manque", en: 'the time (HH:MM) is missing' },
  days: {
    fr: 'choisissez au moins un jour (0 = lundi … 6 = dimanche)',
    en: 'choose at least one day (0 = Monday … 6 = Sunday)',
  },
  cron: {
    fr: 'cinq champs cron sont attendus, par exemple 0 18 * * 1-5',
    en: 'five cron fields are needed, such as 0 18 * * 1-5',
  },
  event: { fr: 'sunrise ou sunset manque', en: 'sunrise or sunset is missing' },
  place: {
    fr: "le lieu de la maison n'est pas réglé (AURION_PLACE)",
    en: "the home's place is not set (AURION_PLACE)",
  },
  never: {
    fr: 'ce moment est passé, ou ne vient jamais',
    en: 'this time has passed, or never comes',
  },
} as const satisfies Record<string, Text>;

/**
 * Makes a timing of what somebody asked for. `once` without a date is the next such time.
 * @throws SCHEDULE_INVALID
 */
export function readTiming(fields: TimingFields, now: number, home: HomeTime): Timing {
  const timing = made(fields, now, home);
  if (timing.type === 'sun' && !home.place) throw refused('place', 'event');
  if (!nextSlot(timing, now, home))
    throw refused('never', timing.type === 'cron' ? 'cron' : 'date');
  return timing;
}

/**
 * A timing with some fields changed. Another time of day of a `once` whose day has passed is the next
 * such time.
 * @throws SCHEDULE_INVALID
 */
export function retime(before: Timing, fields: TimingFields, now: number, home: HomeTime): Timing {
  const named = Object.entries(fields).filter(([, value]) => value !== undefined);
  const merged: TimingFields = { ...before, ...Object.fromEntries(named) };
  const passed = before.type === 'once' && nextSlot(before, now, home) === null;
  return readTiming(passed && !fields.date ? { ...merged, date: undefined } : merged, now, home);
}

function made(fields: TimingFields, now: number, home: HomeTime): Timing {
  const { type, time, date, days = [], cron, event, offsetMin = 0 } = fields;
  const onDays = [...new Set(days)].sort((a, b) => a - b);
  if (type === undefined) throw refused('type', 'type');
  switch (type) {
    case 'cron':
      if (cron === undefined || cronProblem(cron) !== null) throw refused('cron', 'cron');
      return { type, cron: cron.trim() };
    case 'sun':
      if (event === undefined) throw refused('event', 'event');
      return { type, event, offsetMin, days: onDays };
    case 'weekly':
      if (time === undefined) throw refused('time', 'time');
      if (onDays.length === 0) throw refused('days', 'days');
      return { type, time, days: onDays };
    case 'daily':
      if (time === undefined) throw refused('time', 'time');
      return { type, time };
    case 'once': {
      if (time === undefined) throw refused('time', 'time');
      const next = nextSlot({ type: 'daily', time }, now, home);
      return { type, time, date: date ?? localDate(next?.at ?? now, home.zone) };
    }
  }
}

/** What a schedule shows of its timing. @param nextAt the next slot's time */
export function shownTiming(
  timing: Timing,
  nextAt: number | null,
  { zone }: HomeTime,
): Timing & { readonly time: string; readonly days: number[] } {
  const days = 'days' in timing ? [...timing.days] : [];
  if ('time' in timing) return { ...timing, days };
  return { ...timing, days, time: nextAt === null ? '' : localTime(nextAt, zone) };
}

function refused(problem: keyof typeof PROBLEMS, field: keyof TimingFields): AurionError {
  const text = PROBLEMS[problem];
  return new AurionError('SCHEDULE_INVALID', {
    params: { problem: text },
    details: (language) => [{ path: field, message: text[language] }],
  });
}
