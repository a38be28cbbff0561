import { z } from 'zod';
import { nothing } from '../../contract/account';
import { discovered } from '../../contract/discovered';
import { operation } from '../operation';

export const discoveredDevices = operation({
  id: 'devices.discovered',
  group: 'devices',
  role: 'user',
  summary: {
    fr: "Ce qui publie sur les sujets des appareils sans être enregistré, le plus récent d'abord",
    en: "What speaks on the devices' topics without being registered, the latest first",
  },
  input: nothing,
  answer: z.array(discovered),
  errors: [],
  rest: { method: 'GET', path: '/devices/discovered' },
  run: ({ devices }, _, { language }) => devices.discovered(language),
});
