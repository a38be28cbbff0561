import { z } from 'zod';
import { alert, alertList, type Alert, type AlertFilter } from '../../contract/alert';
import { operation } from '../operation';

export const listAlerts = operation({
  id: 'alerts.list',
  group: 'security',
  role: 'guest',
  summary: {
    fr: "Les alertes, les plus récentes d'abord ; la page suivante par l'en-tête X-Next-Cursor",
    en: 'The alerts, newest first; the next page by the header X-Next-Cursor',
  },
  input: alertList,
  answer: z.array(alert),
  errors: [],
  rest: {
    method: 'GET',
    path: '/security/alerts',
    nextCursor: (answer, input) => {
      const page = answer as readonly Alert[];
      const last = page.at(-1);
      return last && page.length === (input as AlertFilter).limit ? String(last.id) : null;
    },
  },
  run: ({ alerts }, filter, { language }) => alerts.list(filter, language),
});
