import { z } from 'zod';
import { historyQuery } from '../../contract/energy';
import { historyCsv } from '../../domain/energy/csv';
import { operation } from '../operation';

const CSV_EXAMPLE =
  'timestamp,consumption,cost,currency,coverage,quality\r\n2026-03-29T08:00:00.000Z,0.412,82,XOF,1,measured\r\n';

export const exportEnergy = operation({
  id: 'energy.export',
  group: 'energy',
  role: 'guest',
  summary: { fr: "L'historique en CSV", en: 'The history as CSV' },
  input: historyQuery,
  answer: z.string().meta({ examples: [CSV_EXAMPLE] }),
  errors: [],
  rest: { method: 'GET', path: '/energy/export', contentType: 'text/csv; charset=utf-8' },
  run: async ({ figures, tariffs }, query) => {
    const { currency } = await tariffs.get();
    return historyCsv(await figures.history(query), currency);
  },
});
