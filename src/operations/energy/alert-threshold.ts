import { alertThreshold } from '../../contract/energy';
import { operation } from '../operation';

export const setAlertThreshold = operation({
  id: 'energy.alert-threshold',
  group: 'energy',
  role: 'user',
  summary: {
    fr: 'Fixe la puissance à partir de laquelle une alerte se déclenche',
    en: 'Sets the power from which the home raises an alert',
  },
  input: alertThreshold,
  answer: alertThreshold,
  errors: [],
  rest: { method: 'POST', path: '/energy/alert-threshold' },
  run: async ({ tariffs }, { threshold }) => {
    await tariffs.setAlertThreshold(threshold);
    return { threshold };
  },
});
