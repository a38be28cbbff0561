import { z } from 'zod';
import { id } from '../../contract/fields';
import type { Text } from '../../contract/language';
import { meterMessage } from '../../contract/messages';
import { operation } from '../operation';

const NO_BRACKETS: Text = {
  fr: 'les noms des champs sont sans crochets',
  en: 'names of fields have no brackets',
};

export const readMeter = operation({
  id: 'energy.reading',
  group: 'energy',
  role: 'user',
  summary: {
    fr: "Ce qu'un compteur indique, comme il l'enverrait lui-même",
    en: 'What a meter shows, as it would say it itself',
  },
  input: z
    .looseObject({ id, ...meterMessage.shape })
    .refine((said) => Object.keys(said).every((name) => !name.includes('[')), {
      params: { text: NO_BRACKETS },
    })
    .meta({ examples: [{ id: 4, energy: 1834.207, power: 412.5 }] }),
  answer: z.object({ accepted: z.literal(true) }),
  errors: ['DEVICE_NOT_FOUND', 'READING_REFUSED'],
  rest: { method: 'POST', path: '/energy/meters/:id/readings' },
  audited: false,
  takesMessage: true,
  run: ({ energy, intake }, { id: meterId, ...said }) => {
    intake.offer(energy.submission(meterId, said));
    return { accepted: true as const };
  },
});
