import { device, deviceId } from '../../contract/device';
import { operation } from '../operation';

export const toggleDevice = operation({
  id: 'devices.toggle',
  group: 'devices',
  role: 'user',
  summary: { fr: 'Allume ou éteint un appareil', en: 'Switches a device on or off' },
  input: deviceId,
  answer: device,
  errors: [
    'DEVICE_NOT_FOUND',
    'DEVICE_OFFLINE',
    'DEVICE_TIMEOUT',
    'DEVICE_REFUSED',
    'BROKER_UNAVAILABLE',
  ],
  rest: { method: 'POST', path: '/devices/:id/toggle' },
  run: ({ devices }, { id }) => devices.toggle(id),
});
