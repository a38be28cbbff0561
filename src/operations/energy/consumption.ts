import { nothing } from '../../contract/account';
import { consumption } from '../../contract/energy';
import { operation } from '../operation';

export const energyConsumption = operation({
  id: 'energy.consumption',
  group: 'energy',
  role: 'guest',
  summary: {
    fr: "Ce que la maison consomme maintenant et aujourd'hui",
    en: 'What the home uses now and used today',
  },
  input: nothing,
  answer: consumption,
  errors: [],
  rest: { method: 'GET', path: '/energy/consumption' },
  run: ({ figures }) => figures.consumption(),
});
