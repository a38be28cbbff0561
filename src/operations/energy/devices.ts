import { z } from 'zod';
import { deviceEnergy, STATS_PERIODS, type DeviceEnergy } from '../../contract/energy';
import { operation } from '../operation';

export const energyOfDevices = operation({
  id: 'energy.devices',
  group: 'energy',
  role: 'guest',
  summary: { fr: 'Ce que chaque appareil a consommé', en: 'What each device used' },
  input: z.strictObject({ period: z.enum(STATS_PERIODS).default('month') }),
  answer: z.array(deviceEnergy),
  errors: [],
  rest: { method: 'GET', path: '/energy/devices' },
  run: async ({ figures }, { period }) => (await figures.devices(period)) as DeviceEnergy[],
});
