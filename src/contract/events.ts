import type { z } from 'zod';
import { awayMode, type AwayMode } from './away';
import { device, type Device } from './device';
import { scheduleFired, type ScheduleFired } from './schedule';

/** What happens in a home, as pages and flows hear of it: the name and what it carries. Public API. */
export interface HomeEvents {
  /** A device's status, reported values or availability changed. */
  'device.status': Device;
  /** A schedule's time came, and its device was told: `done`, or `failed` with the reason. */
  'schedule.fired': ScheduleFired;
  /** A schedule's time passed and nothing ran, nor will. */
  'schedule.missed': ScheduleFired;
  /** Away mode was switched on or off, or the time to leave is over and it is armed. */
  'home.away': AwayMode;
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

/** What each event carries, as a schema. The compiler sees to it that none is missing. */
export const HOME_EVENT_DATA = {
  'device.status': device,
  'schedule.fired': scheduleFired,
  'schedule.missed': scheduleFired,
  'home.away': awayMode,
} satisfies { readonly [E in HomeEventName]: z.ZodType<HomeEvents[E]> };

/** Every name, for checks and dialogs. */
export const HOME_EVENT_NAMES = Object.keys(HOME_EVENT_DATA) as readonly HomeEventName[];

export const NOTIFICATION_SEVERITIES = ['critical', 'warning', 'info', 'success'] as const;

/** A text for people: what a page shows as a notification. */
export interface Notification {
  readonly message: string;
  readonly timestamp: string;
  readonly severity: (typeof NOTIFICATION_SEVERITIES)[number];
  readonly alertId?: number;
}
