import { z } from 'zod';
import { patterned } from './fields';
import type { Text } from './language';

/** What is said over MQTT: the payloads, as JSON, of the topics in `topics.ts`. */

const ATTRIBUTES_MAX = 32;
const NAME_LENGTH_MAX = 64;
const TEXT_LENGTH_MAX = 256;

/** A plain value: a number, a truth, a short text, or nothing. Nested data is refused. */
const attribute = z.union([z.number(), z.boolean(), z.string().max(TEXT_LENGTH_MAX), z.null()]);
const commandId = z.string().max(64);

const isAttribute = (name: string) => name !== 'status' && name !== 'commandId';

const ON_OR_OFF: Text = {
  fr: 'true, false, "on" ou "off"',
  en: 'true, false, "on" or "off"',
};
const AT_MOST: Text = {
  fr: `${ATTRIBUTES_MAX} attributs au plus`,
  en: `${ATTRIBUTES_MAX} attributes at most`,
};
const NAMES_AT_MOST: Text = {
  fr: `les noms des attributs ont ${NAME_LENGTH_MAX} caractères au plus`,
  en: `names of attributes have ${NAME_LENGTH_MAX} characters at most`,
};

/** What Aurion tells a device to become. */
export const commandMessage = z
  .object({
    status: z.boolean().optional().describe('on or off'),
    commandId: commandId.describe('to be sent back in the status that answers'),
    expiresAt: z.iso.datetime().describe('after that the command must not be carried out'),
  })
  .catchall(attribute)
  .meta({
    examples: [
      {
        status: true,
        brightness: 40,
        commandId: 'q3Zc8s0pT1nV5xYk',
        expiresAt: '2026-03-29T08:15:05.000Z',
      },
    ],
  });

export type CommandMessage = z.infer<typeof commandMessage>;

/** What a device says of itself. Beside these it may report what else it has, by name. */
export const statusMessage = z
  .object({
    status: z
      .union([z.boolean(), patterned(/^(on|off)$/i, ON_OR_OFF)])
      .optional()
      .describe('true, false, "on" or "off"'),
    power: z.number().nullable().optional().describe('W'),
    temperature: z.number().nullable().optional().describe('°C'),
    commandId: commandId.optional().describe('of the command this answers'),
  })
  .catchall(attribute)
  .refine((message) => Object.keys(message).filter(isAttribute).length <= ATTRIBUTES_MAX, {
    params: { text: AT_MOST },
  })
  .refine((message) => Object.keys(message).every((name) => name.length <= NAME_LENGTH_MAX), {
    params: { text: NAMES_AT_MOST },
  })
  .meta({ examples: [{ status: true, power: 57.5, commandId: 'q3Zc8s0pT1nV5xYk' }] });

/** What a sensor says. Beside these it may say more, which is left alone. */
export const sensorMessage = z
  .object({
    value: z
      .union([z.boolean(), z.number(), z.string()])
      .optional()
      .describe(
        'true or false of what notices, a number of what measures; or the field of its type instead: `motion`, `smoke`, `temperature`, …',
      ),
    unit: z.string().optional().describe('of a number, if it is not the one of its type: `°F`'),
    battery: z.number().min(0).max(100).nullable().optional().describe('%'),
    timestamp: z
      .union([z.string(), z.number()])
      .nullable()
      .optional()
      .describe('when it was read: ISO 8601 with a zone, or milliseconds since 1970'),
    seq: z.int().min(0).nullable().optional().describe('counts up by one with each message'),
  })
  .meta({
    examples: [{ smoke: true, battery: 92, timestamp: '2026-03-29T08:15:00.000Z', seq: 4711 }],
  });

/** What a meter says: power, counter, or both. */
export const meterMessage = z
  .object({
    power: z.number().optional().describe('now; below zero is export'),
    energy: z.number().min(0).optional().describe('what the counter shows'),
    powerUnit: z.enum(['W', 'kW']).optional().describe('`W` unless told'),
    energyUnit: z.enum(['kWh', 'Wh']).optional().describe('`kWh` unless told'),
    voltage: z.number().optional().describe('V'),
    current: z.number().optional().describe('A'),
    timestamp: z
      .union([z.iso.datetime({ offset: true }), z.int()])
      .optional()
      .describe('ISO 8601, or milliseconds since 1970; without it the time of arrival counts'),
    seq: z.int().min(0).optional().describe('counts the messages; a lower one is a restart'),
  })
  .meta({
    examples: [
      { power: 412.5, energy: 1834.207, timestamp: '2026-03-29T08:15:00.000Z', seq: 4711 },
    ],
  });

/** Whether somebody can be reached: plain text, no JSON. */
export const reachability = z.enum(['online', 'offline']);

/** What one process of a home tells the others, wrapped so that they can believe it. */
export const peerMessage = z
  .strictObject({
    from: z.string().describe('names the process'),
    id: z.string().describe('names the message: it may come twice'),
    body: z.string().describe('what it says'),
    mac: z.string().describe('HMAC-SHA-256 by a secret of the home'),
  })
  .meta({ examples: [{ from: '0b1c…', id: '7d2e…', body: '{…}', mac: '9f86d0…' }] });
