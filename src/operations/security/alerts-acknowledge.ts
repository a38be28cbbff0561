import { actorLabel } from '../../contract/actor';
import { alert, alertId } from '../../contract/alert';
import { operation } from '../operation';

export const acknowledgeAlert = operation({
  id: 'alerts.acknowledge',
  group: 'security',
  role: 'user',
  summary: {
    fr: 'Acquitte une alerte ; le premier nom et la première heure restent',
    en: 'Acknowledges an alert; the first name and time stay',
  },
  input: alertId,
  answer: alert,
  errors: ['ALERT_NOT_FOUND'],
  rest: { method: 'POST', path: '/security/alerts/:id/acknowledge' },
  run({ alerts }, { id }, { actor, language }) {
    const by = actor?.kind === 'account' ? actor.name : actorLabel(actor);
    return alerts.acknowledge(id, by, language);
  },
});
