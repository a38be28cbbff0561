import { z } from 'zod';
import { alert } from './alert';
import { awayMode } from './away';
import type { Language, Text } from './language';
import { device } from './device';
import { consumption, meterNews } from './energy';
import { scheduleFired } from './schedule';
import { sensorReading } from './sensor';

/** A device or sensor counts anew: whose messages, and what is known of the one that told it. */
const deviceRestart = z
  .object({
    deviceId: z.int().positive().optional().describe('of a meter'),
    sensorId: z.int().positive().optional().describe('of a sensor'),
    name: z.string(),
    at: z.iso.datetime().optional().describe("by the meter's own time, where it has one"),
    seq: z.int().optional().describe('what the sensor counts from now'),
  })
  .meta({ examples: [{ sensorId: 1, name: 'Détecteur de Mouvement - Entrée', seq: 0 }] });

/** What happens in a home, as pages and flows hear of it: the name and what it carries. Public API. */
export const HOME_EVENTS = {
  'device.status': {
    about: "A device's status, reported values or availability changed.",
    data: device,
  },
  'energy.consumption': {
    about: 'What the home uses now and used today has changed; at most every 5 s.',
    data: consumption,
  },
  'meter.reset': {
    about: 'A counter went down: what it shows now is the new beginning, nothing is subtracted.',
    data: meterNews,
  },
  'meter.jumped': {
    about: 'A counter rose by more than can have flowed: the meter was replaced, nothing is added.',
    data: meterNews,
  },
  'sensor.reading': {
    about:
      "A sensor spoke: its newest reading. What comes late or from the broker's memory is none.",
    data: sensorReading,
  },
  'alert.raised': {
    about:
      "An alert began, or became more severe. The message of alerts is in the reader's language: as `Accept-Language` of the page's request says, else as the account chose, else the home's.",
    data: alert,
  },
  'alert.acknowledged': { about: 'Somebody has taken note of an alert.', data: alert },
  'alert.resolved': { about: 'What raised an alert is over.', data: alert },
  'device.restarted': {
    about: "The `seq` of a device's or sensor's messages began anew.",
    data: deviceRestart,
  },
  'schedule.fired': {
    about: "A schedule's time came, and its device was told: `done`, or `failed` with the reason.",
    data: scheduleFired,
  },
  'schedule.missed': {
    about: "A schedule's time passed and nothing ran, nor will.",
    data: scheduleFired,
  },
  'home.away': {
    about: 'Away mode was switched on or off, or the time to leave is over and it is armed.',
    data: awayMode,
  },
} as const satisfies Readonly<Record<string, { readonly about: string; readonly data: z.ZodType }>>;

export type HomeEventName = keyof typeof HOME_EVENTS;

export type HomeEvents = {
  readonly [E in HomeEventName]: z.output<(typeof HOME_EVENTS)[E]['data']>;
};

/** One thing that happened. */
export type HomeEvent = {
  readonly [E in HomeEventName]: {
    readonly event: E;
    readonly data: HomeEvents[E];
    /** ISO 8601. */
    readonly timestamp: string;
    /** The `message` in `data`, which is in the home's language, in each. */
    readonly texts?: Text;
  };
}[HomeEventName];

/** What an event carries, for who reads this language. */
export function eventDataIn({ data, texts }: HomeEvent, language: Language): object {
  return texts ? { ...data, message: texts[language] } : data;
}

/** Every name, for checks and dialogs. */
export const HOME_EVENT_NAMES = Object.keys(HOME_EVENTS) as readonly HomeEventName[];

export const NOTIFICATION_SEVERITIES = ['critical', 'warning', 'info', 'success'] as const;

/** A text for people: what a page shows as a notification. */
export const notification = z.object({
  message: z.string(),
  timestamp: z.iso.datetime(),
  severity: z.enum(NOTIFICATION_SEVERITIES),
  alertId: z.int().positive().optional(),
});

export type Notification = Readonly<z.infer<typeof notification>>;
