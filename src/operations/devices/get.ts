import { device, deviceId } from '../../contract/device';
import { operation } from '../operation';

export const getDevice = operation({
  id: 'devices.get',
  group: 'devices',
  role: 'guest',
  summary: { fr: 'Un appareil', en: 'One device' },
  input: deviceId,
  answer: device,
  errors: ['DEVICE_NOT_FOUND'],
  rest: { method: 'GET', path: '/devices/:id' },
  run: ({ devices }, { id }) => devices.get(id),
});
