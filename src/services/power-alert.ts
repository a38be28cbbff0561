import type { Text } from '../contract/language';
import type { Trigger } from '../domain/alerts/lifecycle';
import type { Logger } from '../ports/logger';
import type { HomePower } from './energy-publisher';
import { FINDERS, type WatchedAlerts } from './watched-alerts';

/** Power that swings around the threshold raises one alert, not one each time. */
const OVER_BELOW = 0.95;
const OF = { source: 'home', type: 'power' } as const;
const FINDER = FINDERS.power;

/** Raises an alert while the home draws more than its owner wants. Power that is not known changes nothing. */
export class PowerAlert {
  /** Null: not known yet, or not told. */
  private isAbove: boolean | null = null;

  constructor(
    private readonly alerts: Pick<WatchedAlerts, 'raise' | 'lost'>,
    private readonly logger: Logger,
  ) {}

  /** Tells the alerts, once each time it changes. Never rejects: what failed is tried with the next power. */
  async hear({ powerW, thresholdW }: HomePower): Promise<void> {
    const isAbove = this.judge(powerW, thresholdW);
    if (isAbove === null || isAbove === this.isAbove) return;
    this.isAbove = isAbove;
    try {
      if (isAbove && powerW !== null && thresholdW !== null) {
        await this.alerts.raise(triggerOf(powerW, thresholdW));
      } else await this.alerts.lost(OF, FINDER);
    } catch (error) {
      this.isAbove = null;
      this.logger.warn(`The alert of the home's power was not told: ${String(error)}`);
    }
  }

  private judge(powerW: number | null, thresholdW: number | null): boolean | null {
    if (thresholdW === null) return false;
    if (powerW === null) return null;
    if (powerW > thresholdW) return true;
    return powerW < thresholdW * OVER_BELOW ? false : this.isAbove;
  }
}

function triggerOf(powerW: number, thresholdW: number): Trigger {
  const nowhere = { sensorId: null, sensor: null, location: null };
  const message: Text = {
    fr: `La maison tire ${kW(powerW, 'fr')} kW, au-dessus du seuil de ${kW(thresholdW, 'fr')} kW`,
    en: `The home draws ${kW(powerW, 'en')} kW, above the threshold of ${kW(thresholdW, 'en')} kW`,
  };
  // One cause: to find it again is no repeat.
  return { ...OF, ...nowhere, severity: 'warning', message, finder: FINDER, cause: FINDER };
}

function kW(powerW: number, language: 'fr' | 'en'): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(powerW / 1000);
}
