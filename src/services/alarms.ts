import type { ScheduleFired } from '../contract/schedule';
import type { AlertType } from '../contract/alert';
import { activeKeyOf, type Trigger } from '../domain/alerts/lifecycle';
import type { Logger } from '../ports/logger';
import type { Alerts } from './alerts';
import type { Away } from './away';
import { FINDERS, type WatchedAlerts } from './watched-alerts';

/** What only somebody who is in the house can cause. */
const INTRUSION_TYPES: readonly AlertType[] = ['motion', 'door', 'window', 'presence'];

/** What other parts of the home make of alerts: an armed house, and schedules that did not run. */
export class Alarms {
  /** What waits for whoever came home to say so, by its key. */
  private readonly waiting = new Set<string>();

  constructor(
    private readonly ports: {
      readonly alerts: Pick<Alerts, 'worsen'>;
      readonly watched: Pick<WatchedAlerts, 'raise' | 'lost'>;
      readonly away: Pick<Away, 'staysArmed'>;
      readonly logger: Logger;
    },
  ) {}

  /**
   * While the house is armed motion, doors and windows become critical, once whoever comes home had time to say so,
   * also when they are over by then (QUALITY M12). What is found again meanwhile is the same entry.
   */
  raised(trigger: Trigger): void {
    if (!INTRUSION_TYPES.includes(trigger.type) || trigger.severity === 'critical') return;
    const key = activeKeyOf(trigger);
    if (this.waiting.has(key)) return;
    this.waiting.add(key);
    this.later(async () => {
      const staysArmed = await this.ports.away.staysArmed().finally(() => this.waiting.delete(key));
      if (staysArmed) await this.ports.alerts.worsen({ ...trigger, severity: 'critical' });
    });
  }

  /** What was to be done once and was missed is never made up for, so somebody has to know (QUALITY M11). */
  scheduleMissed({ scheduleId, device, slot, type, action }: ScheduleFired): void {
    if (type !== 'once') return;
    const of = { source: `schedule:${scheduleId}`, type: 'schedule_missed' } as const;
    this.later(async () => {
      const { watched } = this.ports;
      await watched.raise({
        ...of,
        severity: 'warning',
        message: {
          fr: `Programmation manquée : ${device} (${action === 'on' ? 'allumer' : 'éteindre'}), ${slot}`,
          en: `Schedule missed: ${device} (${action}), ${slot}`,
        },
        ...{ sensorId: null, sensor: null, location: null, finder: FINDERS.schedules, cause: slot },
      });
      // It is no state that lasts.
      await watched.lost(of, FINDERS.schedules);
    });
  }

  private later(work: () => Promise<void>): void {
    work().catch((error: unknown) =>
      this.ports.logger.error(`An alert was not raised: ${String(error)}`),
    );
  }
}
