import { credentials, deviceId } from '../../contract/device';
import { operation } from '../operation';

export const deviceCredentials = operation({
  id: 'devices.credentials',
  group: 'devices',
  role: 'admin',
  summary: {
    fr: "Donne à un appareil son propre compte MQTT ; l'ancien prend fin",
    en: 'Gives a device an MQTT account of its own; the one it had ends',
  },
  input: deviceId,
  answer: credentials,
  errors: ['DEVICE_NOT_FOUND'],
  rest: { method: 'POST', path: '/devices/:id/credentials' },
  run: ({ devices, access }, { id }) => access.issue({ kind: 'device', id: devices.get(id).id }),
});
