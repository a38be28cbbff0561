import { z } from 'zod';

export const awayMode = z
  .object({
    enabled: z.boolean(),
    since: z.iso.datetime().nullable().describe('null when off'),
    armed: z.boolean().describe('true once the time to leave is over'),
  })
  .meta({ id: 'AwayMode' });

export type AwayMode = z.infer<typeof awayMode>;

export const awayChange = z.strictObject({ enabled: z.boolean() });
