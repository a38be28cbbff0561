import { z } from 'zod';
import { device } from './device';

/** What happens in a home, as pages and flows hear of it: the name and what it carries. Public API. */
export const HOME_EVENTS = {
  'device.status': {
    about: "A device's status, reported values or availability changed.",
    data: device,
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
