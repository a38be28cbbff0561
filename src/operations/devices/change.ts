import { device, deviceChanges } from '../../contract/device';
import { operation } from '../operation';

export const changeDevice = operation({
  id: 'devices.change',
  group: 'devices',
  role: 'admin',
  summary: { fr: 'Modifie un appareil', en: 'Changes a device' },
  input: deviceChanges,
  answer: device,
  errors: ['DEVICE_NOT_FOUND', 'DEVICE_KEY_TAKEN'],
  rest: { method: 'PUT', path: '/devices/:id' },
  run: ({ devices }, { id, ...changes }) => devices.change(id, changes),
});
