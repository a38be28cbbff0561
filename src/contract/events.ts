import { z } from 'zod';
import { device } from './device';
import { consumption, meterNews } from './energy';

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
  'device.restarted': {
    about: "A device's `seq` began anew.",
    data: meterNews,
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
  };
}[HomeEventName];

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
