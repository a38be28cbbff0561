import { z } from 'zod';
import { exportQuery } from '../../contract/energy';
import { ENGLISH_CSV, FRENCH_CSV, historyCsv } from '../../domain/energy/csv';
import { operation } from '../operation';

const CSV_EXAMPLE =
  'timestamp,consumption,cost,currency,coverage,quality,localTime,costReason\r\n' +
  '2026-03-29T08:00:00.000Z,0.412,82,XOF,1,measured,2026-03-29 08:00,\r\n';

export const exportEnergy = operation({
  id: 'energy.export',
  group: 'energy',
  role: 'guest',
  summary: { fr: "L'historique en CSV", en: 'The history as CSV' },
  input: exportQuery,
  answer: z.string().meta({ examples: [CSV_EXAMPLE] }),
  errors: [],
  rest: {
    method: 'GET',
    path: '/energy/export',
    contentType: 'text/csv; charset=utf-8',
    fileName: 'aurion-energy.csv',
    headers: { acceptLanguage: 'Accept-Language' },
  },
  run: async (
    { energy, figures, tariffs },
    { separator, decimal, acceptLanguage = '', ...query },
    { language },
  ) => {
    // Only who asks for French: a program that says nothing reads what it always read.
    const isFrench = language === 'fr' && /\bfr\b/i.test(acceptLanguage);
    const usual = isFrench ? FRENCH_CSV : ENGLISH_CSV;
    const { currency } = await tariffs.get();
    return historyCsv(await figures.history(query), currency, energy.calendar, {
      separator: separator === 'tab' ? '\t' : (separator ?? usual.separator),
      decimal: decimal ?? usual.decimal,
    });
  },
});
