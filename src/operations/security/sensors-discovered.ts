import { z } from 'zod';
import { nothing } from '../../contract/account';
import { discovered } from '../../contract/discovered';
import { operation } from '../operation';

export const discoveredSensors = operation({
  id: 'sensors.discovered',
  group: 'security',
  role: 'user',
  summary: {
    fr: "Ce qui publie sur les sujets des capteurs sans être enregistré, le plus récent d'abord",
    en: "What speaks on the sensors' topics without being registered, the latest first",
  },
  input: nothing,
  answer: z.array(discovered),
  errors: [],
  rest: { method: 'GET', path: '/security/sensors/discovered' },
  run: ({ sensors }, _, { language }) => sensors.discovered(language),
});
