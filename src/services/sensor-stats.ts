import { PERIOD_MS, type SecurityStats, type StatsPeriod } from '../contract/alert';
import { uptimePercent } from '../domain/sensors/state';
import type { KnownSensor } from './sensor-roster';

/** How many sensors there are and how well they were heard: of a period up to now, or since each was first heard. */
export function sensorStats(
  all: readonly KnownSensor[],
  period: StatsPeriod | undefined,
  now: number,
): Pick<SecurityStats, 'totalSensors' | 'activeSensors' | 'uptime'> {
  const active = all.filter(({ row }) => row.enabled);
  const from = period === undefined ? 0 : now - PERIOD_MS[period];
  const states = active.map(({ state }) => state);
  return {
    totalSensors: all.length,
    activeSensors: active.length,
    uptime: uptimePercent(states, from, now),
  };
}
