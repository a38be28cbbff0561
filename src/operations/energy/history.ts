import { z } from 'zod';
import { historyPoint, historyQuery, type HistoryPoint } from '../../contract/energy';
import { operation } from '../operation';

export const energyHistory = operation({
  id: 'energy.history',
  group: 'energy',
  role: 'guest',
  summary: {
    fr: "L'énergie au fil du temps, du plus ancien au plus récent",
    en: 'Energy over time, oldest first',
  },
  input: historyQuery,
  answer: z.array(historyPoint),
  errors: [],
  rest: { method: 'GET', path: '/energy/history' },
  run: async ({ figures }, query) => (await figures.history(query)) as HistoryPoint[],
});
