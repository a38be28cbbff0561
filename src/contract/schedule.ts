import { z } from 'zod';
import { cursorText, id, timeOfDay, wholeNumber } from './fields';

export const SCHEDULE_TYPES = ['once', 'daily', 'weekly', 'cron', 'sun'] as const;

export const SCHEDULE_ACTIONS = ['on', 'off'] as const;

export type ScheduleAction = (typeof SCHEDULE_ACTIONS)[number];

/** What to do about slots that passed while nobody was there. */
export const MISSED_POLICIES = ['skip', 'run-last', 'state'] as const;

const time = timeOfDay.describe('HH:MM, home time');
const date = z.iso.date().describe('once: YYYY-MM-DD, home time; without it the next such time');
const days = z
  .array(wholeNumber(0, 6))
  .max(7)
  .describe('0 = Monday … 6 = Sunday; for weekly at least one');

/** Which of them a type needs is the domain's business. */
const timing = {
  type: z.enum(SCHEDULE_TYPES),
  time: time.optional(),
  days: days.optional(),
  date: date.optional(),
  cron: z
    .string()
    .max(100)
    .optional()
    .describe('cron: minute, hour, day, month, day of the week; home time'),
  event: z.enum(['sunrise', 'sunset']).optional().describe('sun'),
  offsetMin: wholeNumber(-720, 720).optional().describe('sun: minutes after it, below zero before'),
};

const policy = z
  .enum(MISSED_POLICIES)
  .describe(
    'what becomes of a run that was missed; `state`: the device gets the state it would have',
  );

export const newSchedule = z.strictObject({
  id: id.describe("the device's"),
  ...timing,
  action: z.enum(SCHEDULE_ACTIONS),
  policy: policy.optional(),
});

export type NewSchedule = Omit<z.infer<typeof newSchedule>, 'id'>;

export const scheduleChanges = z
  .strictObject({
    id,
    ...timing,
    type: timing.type.optional(),
    action: z.enum(SCHEDULE_ACTIONS).optional(),
    policy: policy.optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ examples: [{ id: 1, enabled: false }] });

export type ScheduleChanges = Omit<z.infer<typeof scheduleChanges>, 'id'>;

/** A schedule as REST shows it. */
export const schedule = z
  .object({
    id: z.int().positive(),
    deviceId: z.int().positive(),
    type: z.enum(SCHEDULE_TYPES),
    time: z.string().describe('HH:MM; of cron and sun that of the next run, empty without one'),
    date: z.string().optional(),
    cron: z.string().optional(),
    event: z.enum(['sunrise', 'sunset']).optional(),
    offsetMin: z.int().optional(),
    action: z.enum(SCHEDULE_ACTIONS),
    days: z.array(z.int()),
    policy,
    enabled: z.boolean(),
    createdAt: z.iso.datetime(),
    nextRun: z.iso.datetime().nullable().describe('null when there is none any more'),
  })
  .meta({ id: 'Schedule' });

export type Schedule = z.infer<typeof schedule>;

export const scheduled = z.object({ message: z.string(), schedule });

export const scheduleId = z.strictObject({ id });

export const RUN_OUTCOMES = ['done', 'failed', 'missed', 'superseded'] as const;

export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** What became of one slot of a schedule. */
export const scheduleRun = z
  .object({
    slot: z.iso.datetime(),
    outcome: z.enum(RUN_OUTCOMES),
    reason: z
      .string()
      .optional()
      .describe(
        'failed: an error code, or `interrupted`; missed: `downtime`, `replaced` by a later slot, `automation-off`',
      ),
    at: z.iso.datetime().describe('when that was settled'),
    cursor: z.string().describe('to go on behind this run'),
  })
  .meta({ id: 'ScheduleRun' });

export type ScheduleRun = z.infer<typeof scheduleRun>;

export const runsQuery = z.strictObject({
  id,
  limit: wholeNumber(1, 500).default(50),
  cursor: cursorText(/^[0-9a-z]{1,12}-[A-Za-z0-9_-]{1,200}$/).optional(),
});

export type RunsQuery = z.infer<typeof runsQuery>;

/** A slot of a schedule that ran, or was missed, as events tell it. */
export const scheduleFired = z.object({
  scheduleId: z.int().positive(),
  deviceId: z.int().positive(),
  device: z.string().describe("the device's name"),
  type: z.enum(SCHEDULE_TYPES),
  action: z.enum(SCHEDULE_ACTIONS),
  slot: z.iso.datetime(),
  outcome: z.enum(RUN_OUTCOMES),
  reason: z.string().optional(),
});

export type ScheduleFired = z.infer<typeof scheduleFired>;
