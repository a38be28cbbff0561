import { z } from 'zod';
import { wholeNumber } from './fields';
import { LANGUAGES } from './language';

/** What everybody chooses for himself. */
const own = {
  theme: z.enum(['light', 'dark', 'auto']),
  language: z
    .enum(LANGUAGES)
    .nullable()
    .describe('of messages, where a request prefers none; null: as the home speaks'),
  notifications: z
    .boolean()
    .describe(
      'whether pages show notifications of alerts; mails and webhooks follow their own config',
    ),
};

/** What the people of a home share. */
const shared = {
  autoMode: z
    .boolean()
    .describe('false: schedules and presence simulation do nothing, their slots are missed'),
  awayDelayS: wholeNumber(0, 3600).describe('time to leave before away mode arms'),
  returnDelayS: wholeNumber(0, 600).describe('time to switch away mode off on coming home'),
  presenceLights: z
    .array(wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .max(100)
    .nullable()
    .describe('ids of the lights that simulate presence; null: all lights, []: none'),
};

export const ownSettings = z.strictObject(own);
export const sharedSettings = z.strictObject(shared);

export type OwnSettings = z.infer<typeof ownSettings>;
export type SharedSettings = z.infer<typeof sharedSettings>;

export const settings = z.object({ ...own, ...shared }).meta({ id: 'Settings' });

export type AllSettings = z.infer<typeof settings>;

export const settingsChanges = z
  .strictObject({ ...own, ...shared })
  .partial()
  .meta({ examples: [{ theme: 'dark', awayDelayS: 120 }] });

export type SettingsChanges = z.infer<typeof settingsChanges>;

export const DEFAULT_OWN: OwnSettings = { theme: 'auto', language: null, notifications: true };

export const DEFAULT_SHARED: SharedSettings = {
  autoMode: true,
  awayDelayS: 60,
  returnDelayS: 30,
  presenceLights: null,
};
