import { z } from 'zod';
import { device, DEVICE_TYPES } from '../../contract/device';
import { optionalLine } from '../../contract/fields';
import { operation } from '../operation';

export const listDevices = operation({
  id: 'devices.list',
  group: 'devices',
  role: 'guest',
  summary: { fr: 'Les appareils', en: 'The devices' },
  input: z.strictObject({ room: optionalLine(100), type: z.enum(DEVICE_TYPES).optional() }),
  answer: z.array(device),
  errors: [],
  rest: { method: 'GET', path: '/devices' },
  run: ({ devices }, filter) => devices.list(filter),
});
