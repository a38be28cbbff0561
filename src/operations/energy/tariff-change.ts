import { tariff } from '../../contract/tariff';
import { operation } from '../operation';

export const setTariff = operation({
  id: 'energy.set-tariff',
  group: 'energy',
  role: 'admin',
  summary: {
    fr: 'Change le tarif ; ce qui a déjà un prix le garde',
    en: 'Changes the tariff; what has its price keeps it',
  },
  input: tariff,
  answer: tariff,
  errors: [],
  rest: { method: 'PUT', path: '/energy/tariff' },
  run: async ({ tariffs, energy }, input) => {
    const saved = await tariffs.set(input);
    await energy.priceSoon();
    return saved;
  },
});
