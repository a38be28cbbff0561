import { sensor, sensorId } from '../../contract/sensor';
import { operation } from '../operation';

export const getSensor = operation({
  id: 'sensors.get',
  group: 'security',
  role: 'guest',
  summary: { fr: 'Un capteur', en: 'One sensor' },
  input: sensorId,
  answer: sensor,
  errors: ['SENSOR_NOT_FOUND'],
  rest: { method: 'GET', path: '/security/sensors/:id' },
  run: ({ sensors }, { id }) => sensors.get(id),
});
