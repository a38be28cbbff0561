import { adoption, device } from '../../contract/device';
import { operation } from '../operation';

export const adoptDevice = operation({
  id: 'devices.adopt',
  group: 'devices',
  role: 'admin',
  summary: { fr: 'Enregistre un appareil découvert', en: 'Registers a discovered device' },
  input: adoption,
  answer: device,
  errors: ['DISCOVERED_NOT_FOUND', 'DEVICE_KEY_TAKEN'],
  rest: { method: 'POST', path: '/devices/discovered/:key/adopt', status: 201 },
  run: ({ devices }, input) => devices.adopt(input),
});
