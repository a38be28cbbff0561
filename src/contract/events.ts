import { z } from 'zod';
import { alert } from './alert';
import { device } from './device';
import { sensorReading, sensorRestart } from './sensor';

/** What happens in a home, as pages and flows hear of it: the name and what it carries. Public API. */
export const HOME_EVENTS = {
  'device.status': {
    about: "A device's status, reported values or availability changed.",
    data: device,
  },
  'sensor.reading': {
    about:
      "A sensor spoke: its newest reading. What comes late or from the broker's memory is none.",
    data: sensorReading,
  },
  'alert.raised': { about: 'An alert began, or became more severe.', data: alert },
  'alert.acknowledged': { about: 'Somebody has taken note of an alert.', data: alert },
  'alert.resolved': { about: 'What raised an alert is over.', data: alert },
  'device.restarted': {
    about: "A sensor's `seq` began anew.",
    data: sensorRestart,
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
