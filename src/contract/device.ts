import { z } from 'zod';
import { id, key, line, optionalLine, wholeNumber } from './fields';

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

/** A device as REST, MQTT and events show it. */
export const device = z
  .object({
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
  .meta({ id: 'Device' });

export type Device = z.infer<typeof device>;

const changeable = {
  name: line(100),
  type: z.enum(DEVICE_TYPES),
  room: line(100),
  power: powerW.optional().describe('nominal power in W'),
  key: key.optional(),
  icon: optionalLine(64),
  main: z.boolean().optional(),
  intervalS: wholeNumber(1, 86_400).optional().describe('meters: seconds between readings'),
  maxPowerW: powerW.optional().describe('meters: more than this is a jump'),
  counterMaxKWh: z.number().positive().optional().describe('meters: where the counter rolls over'),
  resetsToZero: z
    .boolean()
    .optional()
    .describe('meters: the counter restarts at 0 after a power cut'),
};

export const newDevice = z.strictObject(changeable);
export const deviceChanges = z
  .strictObject({ id, ...changeable })
  .partial()
  .required({ id: true });

export type NewDevice = z.infer<typeof newDevice>;
export type DeviceChanges = Omit<z.infer<typeof deviceChanges>, 'id'>;
