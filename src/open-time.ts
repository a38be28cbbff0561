import { ZONE_DATA_VERSION } from './adapters/time/zone-data-version';
import { createOpenMeteo, OPEN_METEO_URL } from './adapters/weather/open-meteo';
import type { HomeSettings } from './contract/home-settings';
import { zoneWarning } from './domain/schedules/zone-data';
import type { Clock } from './ports/clock';
import type { Random } from './ports/crypto';
import type { Logger } from './ports/logger';
import type { Peers } from './ports/peers';
import type { Store } from './ports/store';
import { Away } from './services/away';
import type { Devices } from './services/devices';
import type { EventBus } from './services/event-bus';
import { ScheduleRuns } from './services/schedule-runs';
import { Scheduler } from './services/scheduler';
import { Schedules } from './services/schedules';
import type { Services } from './services/services';
import { Settings } from './services/settings';
import { WeatherReport } from './services/weather';

export interface OpenTime {
  readonly services: Pick<Services, 'schedules' | 'away' | 'settings' | 'weather'>;
  /** Begins to act by itself. */
  begin(): Promise<void>;
  close(): Promise<void>;
}

/** What happens in a home by itself: schedules and away mode, the settings they follow, and the weather. */
export async function openTime(
  ports: {
    readonly store: Store;
    readonly clock: Clock;
    readonly random: Random;
    readonly logger: Logger;
    readonly devices: Devices;
    readonly events: EventBus;
    readonly peers: Peers;
  },
  { timeZone, place, weatherUrl, allowedHosts }: HomeSettings,
): Promise<OpenTime> {
  const { peers, logger } = ports;
  const tellPeers = () => peers.tell({ kind: 'time' });
  const settings = new Settings(ports.store, tellPeers);
  await settings.start();
  const home = { zone: timeZone, place };
  const outdated = zoneWarning(timeZone, ports.clock.now(), ZONE_DATA_VERSION);
  if (outdated !== null) logger.warn(outdated);
  const runs = new ScheduleRuns(ports);
  const scheduler = new Scheduler({ ...ports, runs }, home, () => settings.shared.autoMode);
  const schedules = new Schedules({ ...ports, runs }, home, () => {
    scheduler.changed();
    tellPeers();
  });
  const away = new Away({ ...ports, settings }, timeZone, tellPeers);
  const source = createOpenMeteo({ url: weatherUrl ?? OPEN_METEO_URL, allowedHosts });
  const weather = new WeatherReport({ ...ports, source }, place);
  await weather.start();
  function refresh(): void {
    settings
      .start()
      .catch((error: unknown) => logger.warn(`Settings were not read anew: ${String(error)}`));
    scheduler.changed();
    away.refresh();
  }
  return {
    services: { schedules, away, settings, weather },
    async begin() {
      await scheduler.start();
      await away.start();
      peers.onGap(refresh);
      peers.onMessage(({ kind }) => {
        if (kind === 'time') refresh();
      });
    },
    async close() {
      await away.stop();
      await scheduler.stop();
    },
  };
}
