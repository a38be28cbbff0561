import type { Alert } from './alert';
import type { Device } from './device';
import type { SensorReading } from './sensor';

/** What happens in a home, as pages and flows hear of it: the name and what it carries. Public API. */
export interface HomeEvents {
  /** A device's status, reported values or availability changed. */
  'device.status': Device;
  /** A sensor spoke: its newest reading. What comes late or from the broker's memory is none. */
  'sensor.reading': SensorReading;
  /** An alert began, or became more severe. */
  'alert.raised': Alert;
  'alert.acknowledged': Alert;
  'alert.resolved': Alert;
  /** A sensor's `seq` began anew. */
  'device.restarted': { readonly sensorId: number; readonly name: string; readonly seq: number };
}

export type HomeEventName = keyof HomeEvents;

/** One thing that happened. */
export type HomeEvent = {
  readonly [E in HomeEventName]: {
    readonly event: E;
    readonly data: HomeEvents[E];
    /** ISO 8601. */
    readonly timestamp: string;
  };
}[HomeEventName];

/** Every name, for checks and dialogs. The compiler sees to it that none is missing. */
export const HOME_EVENT_NAMES = Object.keys({
  'device.status': true,
  'sensor.reading': true,
  'alert.raised': true,
  'alert.acknowledged': true,
  'alert.resolved': true,
  'device.restarted': true,
} satisfies Record<HomeEventName, true>) as readonly HomeEventName[];

export const NOTIFICATION_SEVERITIES = ['critical', 'warning', 'info', 'success'] as const;

/** A text for people: what a page shows as a notification. */
export interface Notification {
  readonly message: string;
  readonly timestamp: string;
  readonly severity: (typeof NOTIFICATION_SEVERITIES)[number];
  readonly alertId?: number;
}
