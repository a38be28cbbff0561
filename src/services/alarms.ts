import type { ScheduleFired } from '../contract/schedule';
import type { AlertType } from '../contract/alert';
import type { Trigger } from '../domain/alerts/lifecycle';
import type { Logger } from '../ports/logger';
import type { Alerts } from './alerts';
import type { Away } from './away';
import { FINDERS, type WatchedAlerts } from './watched-alerts';

/** What only somebody who is in the house can cause. */
const INTRUSION_TYPES: readonly AlertType[] = ['motion', 'door', 'window', 'presence'];

/** What other parts of the home make of alerts: an armed house, and schedules that did not run. */
export class Alarms {
  constructor(
    private readonly ports: {
      readonly alerts: Pick<Alerts, 'raise'>;
      readonly watched: Pick<WatchedAlerts, 'raise' | 'lost'>;
      readonly away: Pick<Away, 'staysArmed'>;
      readonly logger: Logger;
    },
  ) {}

  /** While the house is armed motion, doors and windows become critical, once whoever comes home had time to say so (QUALITY M12). */
  raised(trigger: Trigger): void {
    if (!INTRUSION_TYPES.includes(trigger.type) || trigger.severity === 'critical') return;
    this.later(async () => {
      if (!(await this.ports.away.staysArmed())) return;
      await this.ports.alerts.raise({ ...trigger, severity: 'critical' });
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
