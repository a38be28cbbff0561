import { z } from 'zod';

/** What is said over MQTT: the payloads, as JSON, of the topics in `topics.ts`. */

const TEXT_LENGTH_MAX = 256;

/** A plain value: a number, a truth, a short text, or nothing. */
const attribute = z.union([z.number(), z.boolean(), z.string().max(TEXT_LENGTH_MAX), z.null()]);
const commandId = z.string().max(64);

type JsonType = 'boolean' | 'number' | 'integer' | 'string' | 'null';

/**
 * A field of what devices, sensors and meters say, as it is documented. Nothing is refused for it: what
 * the reader of messages (src/domain/intake) does not understand there is left out.
 */
function understood(meaning: string, ...types: readonly JsonType[]) {
  return z
    .unknown()
    .optional()
    .meta({ description: meaning, anyOf: types.map((type) => ({ type })) });
}

const anyPlain = z.unknown().meta({
  anyOf: [
    { type: 'number' },
    { type: 'boolean' },
    { type: 'string', maxLength: TEXT_LENGTH_MAX },
    { type: 'null' },
  ],
});

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
    status: understood('true, false, "on" or "off"', 'boolean', 'string'),
    power: understood('W', 'number', 'string', 'null'),
    powerUnit: understood('`W` unless told: `kW`', 'string', 'null'),
    temperature: understood('°C', 'number', 'string', 'null'),
    commandId: understood('of the command this answers', 'string', 'null'),
  })
  .catchall(anyPlain)
  .meta({ examples: [{ status: true, power: 57.5, commandId: 'q3Zc8s0pT1nV5xYk' }] });

/** What a sensor says. Beside these it may say more, which is left alone. */
export const sensorMessage = z
  .object({
    value: understood(
      'true or false of what notices, a number of what measures; or the field of its type instead: `motion`, `smoke`, `temperature`, …',
      ...(['boolean', 'number', 'string', 'null'] as const),
    ),
    unit: understood('of a number, if it is not the one of its type: `°F`', 'string', 'null'),
    battery: understood('0 to 100 %', 'number', 'string', 'null'),
    timestamp: understood(
      'when it was read: ISO 8601 with a zone, or milliseconds since 1970',
      ...(['string', 'number', 'null'] as const),
    ),
    seq: understood('counts up by one with each message', 'integer', 'string', 'null'),
  })
  .meta({
    examples: [{ smoke: true, battery: 92, timestamp: '2026-03-29T08:15:00.000Z', seq: 4711 }],
  });

/** What a meter says: power, counter, or both. Beside these it may say more, which is left alone. */
export const meterMessage = z
  .object({
    power: understood('now; below zero is export', 'number', 'string', 'null'),
    energy: understood('what the counter shows, at least 0', 'number', 'string', 'null'),
    powerUnit: understood('`W` unless told: `kW`', 'string', 'null'),
    energyUnit: understood('`kWh` unless told: `Wh`', 'string', 'null'),
    voltage: understood('V', 'number', 'string', 'null'),
    current: understood('A', 'number', 'string', 'null'),
    timestamp: understood(
      'ISO 8601 with a zone, or milliseconds since 1970; without one that makes sense the time of arrival counts',
      ...(['string', 'number', 'null'] as const),
    ),
    seq: understood(
      'counts the messages; a lower one is a restart',
      ...(['integer', 'string', 'null'] as const),
    ),
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
