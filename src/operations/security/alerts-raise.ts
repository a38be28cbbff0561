import { alert, alertToRaise } from '../../contract/alert';
import { operation } from '../operation';
import { BY_HAND, sourceOf } from './by-hand';

export const raiseAlert = operation({
  id: 'alerts.raise',
  group: 'security',
  role: 'user',
  summary: {
    fr: 'Déclenche une alerte à la main ou depuis un flux, ou compte une fois de plus celle qui est active',
    en: 'Raises an alert by hand or from a flow, or counts the one that is active',
  },
  input: alertToRaise,
  answer: alert,
  errors: ['SENSOR_NOT_FOUND'],
  rest: { method: 'POST', path: '/security/alerts', status: 201 },
  run({ watchedAlerts, sensors }, { type, severity, message, ...whose }, { language }) {
    const sensor = whose.sensorId === undefined ? null : sensors.get(whose.sensorId);
    const trigger = {
      source: sourceOf(whose),
      type,
      severity,
      message: { fr: message, en: message },
      sensorId: sensor?.id ?? null,
      sensor: sensor?.name ?? null,
      location: sensor?.location ?? null,
      finder: BY_HAND,
      cause: null,
    };
    return watchedAlerts.raise(trigger, language);
  },
});
