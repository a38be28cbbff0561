import { z } from 'zod';
import { deviceId } from '../../contract/device';
import { schedule } from '../../contract/schedule';
import { operation } from '../operation';

export const listSchedules = operation({
  id: 'schedules.list',
  group: 'devices',
  role: 'guest',
  summary: { fr: "Les programmations d'un appareil", en: 'The schedules of a device' },
  input: deviceId,
  answer: z.array(schedule),
  errors: ['DEVICE_NOT_FOUND'],
  rest: { method: 'GET', path: '/devices/:id/schedules' },
  run: ({ schedules }, { id }) => schedules.list(id),
});
