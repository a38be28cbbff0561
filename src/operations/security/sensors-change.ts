import { sensor, sensorChanges } from '../../contract/sensor';
import { operation } from '../operation';

export const changeSensor = operation({
  id: 'sensors.change',
  group: 'security',
  role: 'admin',
  summary: { fr: 'Modifie un capteur', en: 'Changes a sensor' },
  input: sensorChanges,
  answer: sensor,
  errors: ['SENSOR_NOT_FOUND', 'SENSOR_KEY_TAKEN'],
  rest: { method: 'PUT', path: '/security/sensors/:id' },
  run: ({ sensors }, { id, ...changes }) => sensors.change(id, changes),
});
