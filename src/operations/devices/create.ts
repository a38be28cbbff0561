import { device, newDevice } from '../../contract/device';
import { operation } from '../operation';

export const createDevice = operation({
  id: 'devices.create',
  group: 'devices',
  role: 'user',
  summary: { fr: 'Ajoute un appareil', en: 'Adds a device' },
  input: newDevice,
  answer: device,
  errors: ['DEVICE_KEY_TAKEN'],
  rest: { method: 'POST', path: '/devices', status: 201 },
  run: ({ devices }, input) => devices.create(input),
});
