import { z } from 'zod';
import { energyStats, STATS_PERIODS } from '../../contract/energy';
import { operation } from '../operation';

export const energyStatsOf = operation({
  id: 'energy.stats',
  group: 'energy',
  role: 'guest',
  summary: {
    fr: "Totaux, moyenne, pointe et efficacité d'une période",
    en: 'Totals, average, peak and efficiency of a period',
  },
  input: z.strictObject({ period: z.enum(STATS_PERIODS).default('month') }),
  answer: energyStats,
  errors: [],
  rest: { method: 'GET', path: '/energy/stats' },
  run: ({ figures }, { period }) => figures.stats(period),
});
