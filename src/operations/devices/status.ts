import { deviceId, deviceStatus } from '../../contract/device';
import { operation } from '../operation';

export const deviceStatusOf = operation({
  id: 'devices.status',
  group: 'devices',
  role: 'guest',
  summary: { fr: "Ce que l'appareil dit de lui-même", en: 'What a device says of itself' },
  input: deviceId,
  answer: deviceStatus,
  errors: ['DEVICE_NOT_FOUND'],
  rest: { method: 'GET', path: '/devices/:id/status' },
  run: ({ devices }, { id }) => devices.status(id),
});
