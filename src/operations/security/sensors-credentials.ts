import { credentials } from '../../contract/device';
import { sensorId } from '../../contract/sensor';
import { operation } from '../operation';

export const sensorCredentials = operation({
  id: 'sensors.credentials',
  group: 'security',
  role: 'admin',
  summary: {
    fr: "Donne à un capteur son propre compte MQTT ; l'ancien prend fin",
    en: 'Gives a sensor an MQTT account of its own; the one it had ends',
  },
  input: sensorId,
  answer: credentials,
  errors: ['SENSOR_NOT_FOUND'],
  rest: { method: 'POST', path: '/security/sensors/:id/credentials' },
  run: ({ sensors, access }, { id }) => access.issue({ kind: 'sensor', id: sensors.get(id).id }),
});
