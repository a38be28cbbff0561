import { z } from 'zod';
import { alertToResolve } from '../../contract/alert';
import { operation } from '../operation';
import { BY_HAND, sourceOf } from './by-hand';

export const resolveAlert = operation({
  id: 'alerts.resolve',
  group: 'security',
  role: 'user',
  summary: {
    fr: 'Met fin à une alerte déclenchée à la main ou depuis un flux ; celles des règles restent',
    en: 'Ends what was raised by hand or from a flow; what a rule finds stays',
  },
  input: alertToResolve,
  answer: z.object({ success: z.literal(true) }),
  errors: [],
  rest: { method: 'POST', path: '/security/alerts/resolve' },
  async run({ watchedAlerts }, { type, ...whose }) {
    await watchedAlerts.lost({ source: sourceOf(whose), type }, BY_HAND);
    return { success: true as const };
  },
});
