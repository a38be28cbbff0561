import { z } from 'zod';
import { nothing } from '../../contract/account';
import { sensor } from '../../contract/sensor';
import { operation } from '../operation';

export const listSensors = operation({
  id: 'sensors.list',
  group: 'security',
  role: 'guest',
  summary: { fr: 'Les capteurs', en: 'The sensors' },
  input: nothing,
  answer: z.array(sensor),
  errors: [],
  rest: { method: 'GET', path: '/security/sensors' },
  run: ({ sensors }) => sensors.list(),
});
