import { z } from 'zod';
import { adopted, underAKey } from './discovered';
import { statusMessage, type CommandMessage } from './messages';
import { clearable, id, key, line, patterned, secret, wholeNumber } from './fields';

export const DEVICE_TYPES = [
  'light',
  'climate',
  'fan',
  'entertainment',
  'appliance',
  'meter',
  'other',
] as const;

export type DeviceType = (typeof DEVICE_TYPES)[number];

const POWER_W_MAX = 1_000_000;
const powerW = z.number().min(0).max(POWER_W_MAX);

export const deviceId = z.strictObject({ id });

/** A device as REST, MQTT and events show it; beside its own fields what it reports (brightness, …), by name. */
export const device = z
  .looseObject({
    id: z.int().positive(),
    name: z.string(),
    type: z.enum(DEVICE_TYPES),
    room: z.string(),
    status: z.boolean().describe('on or off, as reported (or as told, while assumed)'),
    power: z.number().nullable().describe('W: reported, else nominal; null if neither is known'),
    temperature: z.number().optional().describe('°C'),
    icon: z.string().optional(),
    key: z.string().optional().describe("the installer's name for it in MQTT topics"),
    main: z.boolean().optional().describe('a meter that measures the whole home'),
    online: z.boolean().describe('false once the device has said it is offline'),
    assumed: z.boolean().describe('true until the device has reported for the first time'),
    lastSeen: z.iso.datetime().nullable(),
  })
  .meta({
    id: 'Device',
    examples: [
      {
        id: 1,
        name: 'Lumière Salon',
        type: 'light',
        room: 'Salon',
        status: true,
        power: 60,
        brightness: 40,
        online: true,
        assumed: false,
        lastSeen: '2026-03-29T08:15:00.000Z',
      },
    ],
  });

export type Device = z.infer<typeof device>;

const nominalPowerW = powerW.meta({ description: 'nominal power in W', examples: [9] });
const icon = z.string().trim().max(64);
const maxPowerW = powerW.describe('meters: more than this is a jump');
const counterMaxKWh = z.number().positive().describe('meters: where the counter rolls over');

const changeable = {
  name: line(100).meta({ examples: ['Lampe de chevet'] }),
  type: z.enum(DEVICE_TYPES),
  room: line(100).meta({ examples: ['Chambre'] }),
  power: nominalPowerW.optional(),
  key: key.optional(),
  icon: icon.optional(),
  main: z.boolean().optional(),
  intervalS: wholeNumber(1, 86_400).optional().describe('meters: seconds between readings'),
  maxPowerW: maxPowerW.optional(),
  counterMaxKWh: counterMaxKWh.optional(),
  resetsToZero: z
    .boolean()
    .optional()
    .describe('meters: the counter restarts at 0 after a power cut'),
};

export const newDevice = z.strictObject(changeable);
export const deviceChanges = z
  .strictObject({
    id,
    ...changeable,
    power: clearable(nominalPowerW),
    key: clearable(key),
    icon: clearable(icon),
    maxPowerW: clearable(maxPowerW),
    counterMaxKWh: clearable(counterMaxKWh),
  })
  .partial()
  .required({ id: true });

export type NewDevice = z.infer<typeof newDevice>;
export type DeviceChanges = Omit<z.infer<typeof deviceChanges>, 'id'>;

/** The header of a command that must not be done twice: `Idempotency-Key`. */
export const idempotencyKey = patterned(/^[\x21-\x7e]{1,128}$/, {
  fr: '1 à 128 caractères ASCII sans espace',
  en: '1 to 128 ASCII characters without blanks',
})
  .describe(
    'the same key within 24 h gives the same answer, and one command; with another command it is refused',
  )
  .optional();

export const toggleInput = z.strictObject({ id, idempotencyKey });

const ATTRIBUTES_MAX = 32;
/** Fields of a command that are Aurion's own. */
const RESERVED = ['commandId', 'expiresAt'];
/** Fields of a command's input that say nothing about what the device should become. */
const NOT_WANTED = ['id', 'idempotencyKey'];
const attribute = z.union([z.number(), z.boolean(), z.string().max(256)]);

const AT_MOST = {
  fr: `au plus ${ATTRIBUTES_MAX} attributs`,
  en: `${ATTRIBUTES_MAX} attributes at most`,
};
const NAMES_WANTED = {
  fr: 'les noms des attributs ont 1 à 64 lettres, chiffres ou _',
  en: 'names of attributes are 1 to 64 letters, digits or _',
};
const NOTHING_WANTED = {
  fr: 'il manque status ou un attribut',
  en: 'status or an attribute is missing',
};
const RESERVED_WANTED = {
  fr: `${RESERVED.join(' et ')} sont donnés par Aurion`,
  en: `${RESERVED.join(' and ')} are given by Aurion`,
};

/** Holds what else may stand in an input that is open to any attribute. */
function withFewAttributes<S extends z.ZodObject>(schema: S): S {
  return schema
    .refine((input) => Object.keys(input).length <= ATTRIBUTES_MAX, { params: { text: AT_MOST } })
    .refine((input) => Object.keys(input).every((name) => /^\w{1,64}$/.test(name)), {
      params: { text: NAMES_WANTED },
    });
}

export const commandInput = withFewAttributes(
  z.object({ id, idempotencyKey, status: z.boolean().optional() }).catchall(attribute),
)
  .refine((input) => Object.keys(input).some((name) => !NOT_WANTED.includes(name)), {
    params: { text: NOTHING_WANTED },
  })
  .refine((input) => RESERVED.every((name) => !Object.hasOwn(input, name)), {
    params: { text: RESERVED_WANTED },
  })
  .meta({ examples: [{ id: 1, status: true, brightness: 40 }] });

/** What a flow says for a device that speaks no MQTT of its own. */
export const deviceReport = statusMessage
  .extend({ id })
  .meta({ examples: [{ id: 1, status: true, power: 57.5 }] });

/** A command that has left for its device: what it is to become, and what a report that answers it carries. */
export interface SentCommand {
  readonly id: number;
  readonly key: string | null;
  readonly name: string;
  readonly command: CommandMessage;
}

/** What a device says of itself. */
export const deviceStatus = z
  .looseObject({
    id: z.int().positive(),
    status: z.boolean(),
    online: z.boolean(),
    assumed: z.boolean(),
    lastSeen: z.iso.datetime().nullable(),
  })
  .meta({
    id: 'DeviceStatus',
    examples: [
      {
        id: 1,
        status: true,
        power: 57.5,
        brightness: 40,
        online: true,
        assumed: false,
        lastSeen: '2026-03-29T08:15:00.000Z',
      },
    ],
  });

export type DeviceStatus = z.infer<typeof deviceStatus>;

/** Shown once. */
export const credentials = z
  .object({
    username: z.string().meta({ examples: ['device-1'] }),
    password: secret(z.string().meta({ examples: ['mJ0w…'] })),
  })
  .meta({ id: 'Credentials' });

export type Credentials = z.infer<typeof credentials>;

export const adoption = underAKey(
  z.strictObject({
    ...adopted,
    name: changeable.name,
    type: changeable.type,
    room: changeable.room,
  }),
);

export type Adoption = z.infer<typeof adoption>;
