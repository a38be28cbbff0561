import { nothing } from '../../contract/account';
import { energyForecast } from '../../contract/energy';
import { operation } from '../operation';

export const energyForecastOf = operation({
  id: 'energy.forecast',
  group: 'energy',
  role: 'guest',
  summary: {
    fr: "Ce que la maison consommera, d'après ses huit dernières semaines",
    en: 'What the home will use, by its last eight weeks',
  },
  input: nothing,
  answer: energyForecast,
  errors: [],
  rest: { method: 'GET', path: '/energy/forecast' },
  run: ({ figures }, _input, { language }) => figures.forecast(language),
});
