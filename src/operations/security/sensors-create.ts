import { newSensor, sensor } from '../../contract/sensor';
import { operation } from '../operation';

export const createSensor = operation({
  id: 'sensors.create',
  group: 'security',
  role: 'user',
  summary: { fr: 'Ajoute un capteur', en: 'Adds a sensor' },
  input: newSensor,
  answer: sensor,
  errors: ['SENSOR_KEY_TAKEN'],
  rest: { method: 'POST', path: '/security/sensors', status: 201 },
  run: ({ sensors }, input) => sensors.create(input),
});
