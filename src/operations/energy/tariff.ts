import { nothing } from '../../contract/account';
import { shownTariff } from '../../contract/tariff';
import { operation } from '../operation';

export const getTariff = operation({
  id: 'energy.tariff',
  group: 'energy',
  role: 'guest',
  summary: { fr: "Le tarif de l'énergie", en: 'What energy costs' },
  input: nothing,
  answer: shownTariff,
  errors: [],
  rest: { method: 'GET', path: '/energy/tariff' },
  run: ({ tariffs }) => tariffs.get(),
});
