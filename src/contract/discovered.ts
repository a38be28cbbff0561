import { z } from 'zod';
import { key, TOPIC_NAME_MAX } from './fields';

/** Something that speaks on the home's topics and is not registered. */
export const discovered = z
  .object({
    key: z.string().describe('the name it speaks under, as it is written in the topic'),
    adoptable: z
      .boolean()
      .describe('whether that can be its key; else it is adopted under a newKey'),
    reason: z.string().optional().describe('why it cannot'),
    topic: z.string(),
    count: z.int(),
    lastSeen: z.iso.datetime(),
    sample: z.string().describe('the start of its last message'),
  })
  .meta({
    id: 'Discovered',
    examples: [
      {
        key: 'lampe-chevet',
        adoptable: true,
        topic: 'aurion/devices/lampe-chevet/status',
        count: 12,
        lastSeen: '2026-03-29T08:15:00.000Z',
        sample: '{"status":true,"power":9}',
      },
    ],
  });

export type Discovered = z.infer<typeof discovered>;

const NEEDS_A_KEY = {
  fr: 'ce nom ne peut pas être une clé ; donnez-en une par newKey : 1 à 64 caractères parmi A-Z a-z 0-9 _ -, pas seulement des chiffres, ni un mot réservé',
  en: 'this name can’t be a key; give one as newKey: 1 to 64 of A-Z a-z 0-9 _ -, not digits alone, and no reserved word',
};

/** The fields that say what is adopted, and under which key. */
export const adopted = {
  key: z
    .string()
    .min(1)
    .max(TOPIC_NAME_MAX)
    .meta({ description: 'the name it speaks under', examples: ['lampe-chevet'] }),
  newKey: key
    .optional()
    .describe(
      'the key it gets, if it is not to be that name; the device has to use it from then on',
    ),
};

/** Holds that what is adopted gets a key that it can have in topics. */
export function underAKey<S extends z.ZodObject>(schema: S): S {
  return schema.refine((input) => key.safeParse(input['newKey'] ?? input['key']).success, {
    path: ['key'],
    params: { text: NEEDS_A_KEY },
  });
}
