import { nothing } from '../../contract/account';
import { tariff } from '../../contract/tariff';
import { operation } from '../operation';

export const getTariff = operation({
  id: 'energy.tariff',
  group: 'energy',
  role: 'guest',
  summary: { fr: "Le tarif de l'énergie", en: 'What energy costs' },
  input: nothing,
  answer: tariff,
  errors: [],
  rest: { method: 'GET', path: '/energy/tariff' },
  run: ({ tariffs }) => tariffs.get(),
});
