import { z } from 'zod';
import { historyPoint, sensorHistory } from '../../contract/sensor';
import { operation } from '../operation';

export const sensorHistoryOf = operation({
  id: 'sensors.history',
  group: 'security',
  role: 'guest',
  summary: {
    fr: "Ce qu'un capteur a dit, du plus récent au plus ancien",
    en: 'What a sensor said, newest first',
  },
  input: sensorHistory,
  answer: z.array(historyPoint),
  errors: ['SENSOR_NOT_FOUND'],
  rest: { method: 'GET', path: '/security/sensors/:id/history' },
  run: ({ sensors }, { id, from, to, limit }) =>
    sensors.historyOf(id, {
      limit,
      ...(from !== undefined && { from: Date.parse(from) }),
      ...(to !== undefined && { to: Date.parse(to) }),
    }),
});
