import { sensor, sensorToggle } from '../../contract/sensor';
import { operation } from '../operation';

export const toggleSensor = operation({
  id: 'sensors.toggle',
  group: 'security',
  role: 'user',
  summary: {
    fr: 'Met un capteur en service ou hors service',
    en: 'Switches a sensor on or off',
  },
  input: sensorToggle,
  answer: sensor,
  errors: ['SENSOR_NOT_FOUND'],
  rest: { method: 'POST', path: '/security/sensors/:id/toggle' },
  run: ({ sensors }, { id, enabled }) => sensors.toggle(id, enabled),
});
