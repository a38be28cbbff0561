import { z } from 'zod';
import { sensorId } from '../../contract/sensor';
import { operation } from '../operation';

export const deleteSensor = operation({
  id: 'sensors.delete',
  group: 'security',
  role: 'admin',
  summary: { fr: 'Supprime un capteur', en: 'Deletes a sensor' },
  input: sensorId,
  answer: z.null(),
  errors: ['SENSOR_NOT_FOUND'],
  rest: { method: 'DELETE', path: '/security/sensors/:id', status: 204 },
  run: async ({ sensors }, { id }) => {
    await sensors.remove(id);
    return null;
  },
});
