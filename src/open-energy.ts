import type { HomeSettings } from './contract/home-settings';
import type { Topics } from './contract/topics';
import { homeCalendar } from './domain/energy/calendar';
import type { Clock } from './ports/clock';
import type { Logger } from './ports/logger';
import type { MessageLink } from './ports/message-link';
import type { Store } from './ports/store';
import type { Devices } from './services/devices';
import { Energy } from './services/energy';
import { EnergyFigures } from './services/energy-figures';
import { EnergyPublisher } from './services/energy-publisher';
import type { EventBus } from './services/event-bus';
import type { Services } from './services/services';
import { Tariffs } from './services/tariffs';
import type { Turns } from './services/turns';

export interface OpenEnergy {
  readonly services: Pick<Services, 'energy' | 'figures' | 'tariffs'>;
  readonly publisher: EnergyPublisher;
  close(): Promise<void>;
}

/** Starts what counts the home's energy: to be called before anything comes in. */
export async function openEnergy(
  ports: {
    readonly store: Store;
    readonly devices: Devices;
    readonly link: MessageLink;
    readonly topics: Topics;
    readonly clock: Clock;
    readonly events: EventBus;
    readonly logger: Logger;
    readonly turns: Turns;
  },
  { timeZone, currency, language }: Pick<HomeSettings, 'timeZone' | 'currency' | 'language'>,
): Promise<OpenEnergy> {
  const calendar = homeCalendar(timeZone);
  const tariffs = new Tariffs(ports.store, calendar, currency);
  const energy = new Energy(ports, calendar, tariffs);
  await energy.start();
  const { versions } = await tariffs.get();
  if (versions.length === 0) {
    ports.logger.warn(
      `Costs are not known: nobody has set a tariff in ${currency}. Set one in the home's dialog, ` +
        'under Tariff, or with PUT /energy/tariff; what was used until then gets its price from it.',
    );
  }
  const figures = new EnergyFigures(energy, tariffs, ports.clock, language);
  const publisher = new EnergyPublisher(ports, figures, tariffs, energy);
  return { services: { energy, figures, tariffs }, publisher, close: () => energy.stop() };
}
