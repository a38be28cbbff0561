import { sensor, sensorReport } from '../../contract/sensor';
import { operation } from '../operation';

export const reportReading = operation({
  id: 'sensors.report',
  group: 'security',
  role: 'user',
  summary: {
    fr: "Donne une mesure d'un capteur, comme il le ferait lui-même par MQTT",
    en: 'Gives a reading of a sensor, as it would itself over MQTT',
  },
  input: sensorReport,
  answer: sensor,
  errors: ['SENSOR_NOT_FOUND', 'READING_REFUSED'],
  audited: false,
  takesMessage: true,
  rest: { method: 'POST', path: '/security/sensors/:id/readings' },
  run({ sensors, intake }, { id, ...said }) {
    intake.offer(sensors.submission(id, said));
    return sensors.get(id);
  },
});
