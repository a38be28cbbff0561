import { z } from 'zod';
import { adopted, underAKey } from './discovered';
import { clearable, id, key, line, wholeNumber } from './fields';
import { sensorMessage } from './messages';

export const SENSOR_TYPES = [
  'motion',
  'smoke',
  'fire',
  'gas',
  'leak',
  'door',
  'window',
  'presence',
  'temperature',
  'humidity',
  'other',
] as const;

export type SensorType = (typeof SENSOR_TYPES)[number];

/** What a sensor says: something is so (motion is there, a door is open), or a number. */
export type SensorValue = boolean | number;

const value = z.union([z.boolean(), z.number()]);

export const sensorId = z.strictObject({ id });

/** A sensor as REST, flows and events show it. */
export const sensor = z
  .object({
    id: z.int().positive(),
    name: z.string(),
    type: z.enum(SENSOR_TYPES),
    location: z.string(),
    status: z.enum(['active', 'inactive']).describe('inactive while it is switched off'),
    battery: z.number().min(0).max(100).optional().describe('%'),
    lastTrigger: z.iso
      .datetime()
      .nullable()
      .describe(
        'when it last noticed something: at most 5 min before that was heard, and never in the future; null for what only measures',
      ),
    value: value.optional().describe('a door or window: true is open'),
    unit: z.string().optional(),
    online: z.boolean().describe('false until it has spoken, and once it is silent for too long'),
    key: z.string().optional().describe("the installer's name for it in MQTT topics"),
  })
  .meta({
    id: 'Sensor',
    examples: [
      {
        id: 1,
        name: 'Détecteur de Mouvement - Entrée',
        type: 'motion',
        location: 'Entrée',
        status: 'active',
        battery: 85,
        lastTrigger: '2026-03-29T08:15:00.000Z',
        value: true,
        online: true,
      },
    ],
  });

export type Sensor = z.infer<typeof sensor>;

/** A sensor as it spoke: what the event `sensor.reading` carries. */
export const sensorReading = sensor
  .extend({ value, timestamp: z.iso.datetime().describe('when it was read') })
  .meta({
    id: 'SensorReading',
    examples: [
      {
        id: 1,
        name: 'Détecteur de Mouvement - Entrée',
        type: 'motion',
        location: 'Entrée',
        status: 'active',
        battery: 85,
        lastTrigger: '2026-03-29T08:15:00.000Z',
        value: true,
        online: true,
        timestamp: '2026-03-29T08:15:00.000Z',
      },
    ],
  });

export type SensorReading = z.infer<typeof sensorReading>;

const changeable = {
  name: line(100).meta({ examples: ['Fuite - Salle de bain'] }),
  type: z.enum(SENSOR_TYPES).meta({ examples: ['leak'] }),
  location: line(100).meta({ examples: ['Salle de bain'] }),
  key: key.optional(),
};

export const newSensor = z.strictObject(changeable);
export const sensorChanges = z
  .strictObject({ id, ...changeable, key: clearable(key) })
  .partial()
  .required({ id: true });

export type NewSensor = z.infer<typeof newSensor>;
export type SensorChanges = Omit<z.infer<typeof sensorChanges>, 'id'>;

export const sensorToggle = z.strictObject({
  id,
  enabled: z
    .boolean()
    .describe(
      'false: what it says is dropped and its alerts end; true: what it said last raises its alert anew, though that may be over by now',
    ),
});

export const sensorAdoption = underAKey(z.strictObject({ ...changeable, ...adopted }));

export type SensorAdoption = z.infer<typeof sensorAdoption>;

/** A reading by hand or from a flow: what a sensor would say over MQTT, and whose it is. */
export const sensorReport = sensorMessage
  .extend({ id })
  .catchall(z.unknown())
  .meta({
    examples: [{ id: 1, value: true, battery: 92, timestamp: '2026-03-29T08:15:00.000Z' }],
  });

export const HISTORY_LIMIT_MAX = 1000;

export const sensorHistory = z.strictObject({
  id,
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional().describe('exclusive'),
  limit: wholeNumber(1, HISTORY_LIMIT_MAX).default(100),
});

/** A moment of a sensor's history; of what is long ago, the last value of a minute or hour. */
export const historyPoint = z
  .object({
    timestamp: z.iso.datetime(),
    value,
    unit: z.string().optional(),
    doubted: z
      .literal(true)
      .optional()
      .describe("the sensor's clock was not believed: this is when it arrived"),
  })
  .meta({
    id: 'SensorHistoryPoint',
    examples: [{ timestamp: '2026-03-29T08:15:00.000Z', value: 21.5, unit: '°C' }],
  });

export type HistoryPoint = z.infer<typeof historyPoint>;
