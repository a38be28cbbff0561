import { z } from 'zod';
import { deviceId } from '../../contract/device';
import { operation } from '../operation';

export const deleteDevice = operation({
  id: 'devices.delete',
  group: 'devices',
  role: 'admin',
  summary: { fr: 'Supprime un appareil', en: 'Deletes a device' },
  input: deviceId,
  answer: z.null(),
  errors: ['DEVICE_NOT_FOUND'],
  rest: { method: 'DELETE', path: '/devices/:id', status: 204 },
  run: async ({ devices }, { id }) => {
    await devices.remove(id);
    return null;
  },
});
