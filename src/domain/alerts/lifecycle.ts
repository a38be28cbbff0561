import { SEVERITIES, type Alert, type AlertType, type Severity } from '../../contract/alert';
import type { Language, Text } from '../../contract/language';

/** What raises an alert. */
export interface Trigger {
  /** Whose: `sensor:3`. */
  readonly source: string;
  readonly type: AlertType;
  readonly severity: Severity;
  readonly message: Text;
  readonly sensorId: number | null;
  readonly sensor: string | null;
  readonly location: string | null;
  /** Who found it; the alert is active as long as one of them finds it. */
  readonly finder: string;
  /** What it was found in, so that it counts once when it is looked at again; null: it always counts. */
  readonly cause: string | null;
}

/** An alert as it is kept. */
export interface KeptAlert {
  readonly id: number;
  /** `<source>:<type>` while it is active, else null: unique, so that there is one active at most (QUALITY M9). */
  readonly activeKey: string | null;
  readonly type: AlertType;
  readonly sensorId: number | null;
  readonly sensor: string | null;
  readonly location: string | null;
  readonly severity: Severity;
  readonly message: Text;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  readonly cause: string | null;
  /** Who still finds it. */
  readonly finders: readonly string[];
  readonly acknowledged: boolean;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly resolvedAt: number | null;
  /** What those who hear of it were not told yet; set with the change itself, so that a crash in between loses nothing. */
  readonly untold: 'raised' | 'resolved' | null;
}

export type AlertChanges = Partial<Omit<KeptAlert, 'id'>>;

export function activeKeyOf({ source, type }: Pick<Trigger, 'source' | 'type'>): string {
  return `${source}:${type}`;
}

/** An alert as it begins. */
export function raised(trigger: Trigger, at: number): Omit<KeptAlert, 'id'> {
  const { type, sensorId, sensor, location, severity, message, cause, finder } = trigger;
  return {
    activeKey: activeKeyOf(trigger),
    type,
    sensorId,
    sensor,
    location,
    severity,
    message,
    firstAt: at,
    lastAt: at,
    count: 1,
    cause,
    finders: [finder],
    acknowledged: false,
    acknowledgedAt: null,
    acknowledgedBy: null,
    resolvedAt: null,
    untold: 'raised',
  };
}

/**
 * What changes when an active alert is found again: it counts one more, and may become more severe,
 * never less. Found in the same cause by the same finder it is nothing new.
 * @returns null if nothing changes
 */
export function foundAgain(alert: KeptAlert, trigger: Trigger, at: number): AlertChanges | null {
  const { severity, message, finder, cause } = trigger;
  const rises = isAbove(severity, alert.severity);
  const joins = !alert.finders.includes(finder);
  const isSame = cause !== null && cause === alert.cause;
  if (isSame && !rises && !joins) return null;
  return {
    lastAt: Math.max(at, alert.lastAt),
    cause,
    ...(!isSame && { count: alert.count + 1 }),
    ...(joins && { finders: [...alert.finders, finder] }),
    // Somebody has seen a warning, not that it is critical by now: they are told again.
    ...(rises && { severity, message, untold: 'raised' as const }),
  };
}

/** What changes when a finder no longer finds it. @returns null if it never did, or it is over */
export function lost(alert: KeptAlert, finder: string, at: number): AlertChanges | null {
  if (alert.activeKey === null || !alert.finders.includes(finder)) return null;
  const finders = alert.finders.filter((other) => other !== finder);
  return finders.length > 0 ? { finders } : { finders, ...over(at) };
}

/** What changes when an alert is over, whoever still finds it. */
export function over(at: number): AlertChanges {
  return { activeKey: null, resolvedAt: at, untold: 'resolved' };
}

/** What changes when somebody has seen it. @returns null if somebody had before (QUALITY M10) */
export function acknowledged(alert: KeptAlert, by: string, at: number): AlertChanges | null {
  if (alert.acknowledged) return null;
  return { acknowledged: true, acknowledgedAt: at, acknowledgedBy: by };
}

/**
 * Whether somebody has acknowledged an active alert, itself or the `unstable` one beside it: what comes back after that
 * is news.
 */
export function isSeen(alert: KeptAlert, unstable: KeptAlert | null): boolean {
  return alert.acknowledged || (unstable?.acknowledgedAt ?? -Infinity) >= alert.firstAt;
}

export function isAbove(severity: Severity, other: Severity): boolean {
  return SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(other);
}

/** An alert as the outside sees it. */
export function toAlert(alert: KeptAlert, language: Language): Alert {
  const { id, type, sensor, sensorId, location, severity, message, count } = alert;
  const { acknowledgedAt, acknowledgedBy, resolvedAt } = alert;
  return {
    id,
    type,
    sensor,
    sensorId,
    location,
    severity,
    message: message[language],
    timestamp: iso(alert.firstAt),
    acknowledged: alert.acknowledged,
    ...(acknowledgedAt !== null && { acknowledgedAt: iso(acknowledgedAt) }),
    ...(acknowledgedBy !== null && { acknowledgedBy }),
    active: alert.activeKey !== null,
    ...(resolvedAt !== null && { resolvedAt: iso(resolvedAt) }),
    count,
    lastTimestamp: iso(alert.lastAt),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** How long it took on average from raised to acknowledged, as a short text; null if nothing was acknowledged. */
export function averageResponseTime(alerts: readonly KeptAlert[]): string | null {
  const times = alerts.flatMap(({ firstAt, acknowledgedAt }) =>
    acknowledgedAt === null ? [] : [Math.max(0, acknowledgedAt - firstAt)],
  );
  if (times.length === 0) return null;
  return shortDuration(times.reduce((sum, time) => sum + time, 0) / times.length);
}

/** `45s`, `2min`, `3h 5min`, `2d 4h`. */
function shortDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return withRest(`${hours}h`, minutes % 60, 'min');
  return withRest(`${Math.floor(hours / 24)}d`, hours % 24, 'h');
}

function withRest(whole: string, rest: number, unit: string): string {
  return rest === 0 ? whole : `${whole} ${rest}${unit}`;
}
