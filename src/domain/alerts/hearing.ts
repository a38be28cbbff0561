import type { NotificationConfig, Severity } from '../../contract/alert';
import { isAbove } from './lifecycle';

/** Of somebody who never said: pages show everything but what is over, nothing goes out of the house. */
export const DEFAULT_NOTIFICATIONS: NotificationConfig = {
  email: false,
  push: true,
  sms: false,
  minSeverity: 'info',
  webhookUrl: null,
  quietHours: null,
};

/** How long a moment is into its day, at the home. `HH:MM` as clocks there show it. */
export function clockTime(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at);
}

/**
 * Whether somebody wants to hear of something now: severe enough, and not in their quiet hours unless
 * it is critical. Quiet hours include their start, not their end, and may span midnight.
 * @param time `HH:MM` at the home
 */
export function wantsToHear(config: NotificationConfig, severity: Severity, time: string): boolean {
  if (isAbove(config.minSeverity, severity)) return false;
  if (severity === 'critical' || config.quietHours === null) return true;
  const { from, to } = config.quietHours;
  const isQuiet = from <= to ? from <= time && time < to : from <= time || time < to;
  return !isQuiet;
}
