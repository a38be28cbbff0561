import { device, deviceReport } from '../../contract/device';
import { operation } from '../operation';

export const reportDevice = operation({
  id: 'devices.report',
  group: 'devices',
  role: 'user',
  summary: {
    fr: "Indique l'état d'un appareil, comme il le ferait lui-même par MQTT",
    en: 'Says how a device is, as it would itself over MQTT',
  },
  input: deviceReport,
  answer: device,
  errors: ['DEVICE_NOT_FOUND', 'READING_REFUSED'],
  audited: false,
  takesMessage: true,
  rest: { method: 'POST', path: '/devices/:id/status' },
  run({ devices, intake }, { id, ...said }) {
    intake.offer(devices.submission(id, said));
    return devices.get(id);
  },
});
