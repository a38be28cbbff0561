import { z } from 'zod';
import { securityStats, STATS_PERIODS } from '../../contract/alert';
import { operation } from '../operation';

export const securityStatsOf = operation({
  id: 'security.stats',
  group: 'security',
  role: 'guest',
  summary: {
    fr: 'Capteurs et alertes en chiffres, sur une période ou sur tout ce qui est conservé',
    en: 'Sensors and alerts in figures, of a period or of all that is kept',
  },
  input: z.strictObject({ period: z.enum(STATS_PERIODS).optional() }),
  answer: securityStats,
  errors: [],
  rest: { method: 'GET', path: '/security/stats' },
  run: async ({ sensors, alerts }, { period }) => ({
    ...sensors.stats(period),
    ...(await alerts.stats(period)),
  }),
});
