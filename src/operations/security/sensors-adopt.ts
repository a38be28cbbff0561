import { sensor, sensorAdoption } from '../../contract/sensor';
import { operation } from '../operation';

export const adoptSensor = operation({
  id: 'sensors.adopt',
  group: 'security',
  role: 'admin',
  summary: { fr: 'Enregistre un capteur découvert', en: 'Registers a discovered sensor' },
  input: sensorAdoption,
  answer: sensor,
  errors: ['DISCOVERED_NOT_FOUND', 'SENSOR_KEY_TAKEN'],
  rest: { method: 'POST', path: '/security/sensors/discovered/:key/adopt', status: 201 },
  run: ({ sensors }, input) => sensors.adopt(input),
});
