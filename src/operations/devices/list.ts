import { z } from 'zod';
import { device, DEVICE_TYPES, type Device } from '../../contract/device';
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
  // The runner leaves a frozen answer as it is; zod's types know no readonly arrays.
  run: ({ devices }, filter) => devices.list(filter) as Device[],
});
