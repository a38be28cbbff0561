import { rerated, rerateSpan } from '../../contract/energy';
import { operation } from '../operation';

export const rerateEnergy = operation({
  id: 'energy.rerate',
  group: 'energy',
  role: 'admin',
  summary: {
    fr: "Recalcule les prix d'une période au tarif actuel",
    en: 'Prices a span anew by the tariff as it stands',
  },
  input: rerateSpan,
  answer: rerated,
  errors: [],
  rest: { method: 'POST', path: '/energy/rerate' },
  run: async ({ figures }, { from, to }) => ({
    buckets: await figures.rerate({ from: Date.parse(from), to: Date.parse(to) }),
  }),
});
