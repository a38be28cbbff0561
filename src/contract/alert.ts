import { z } from 'zod';
import { clearable, cursorText, id, line, patterned, timeOfDay, wholeNumber } from './fields';
import { SENSOR_TYPES } from './sensor';

/** From the least to the most pressing. */
export const SEVERITIES = ['success', 'info', 'warning', 'critical'] as const;

export type Severity = (typeof SEVERITIES)[number];

export const ALERT_TYPES = [
  ...SENSOR_TYPES,
  'low_battery',
  'silent',
  'power',
  'unstable',
  'schedule_missed',
  'system',
] as const;

export type AlertType = (typeof ALERT_TYPES)[number];

export const alertId = z.strictObject({ id });

/** An alert as REST, MQTT, flows and events show it. */
export const alert = z
  .object({
    id: z.int().positive(),
    type: z.enum(ALERT_TYPES),
    sensor: z.string().nullable().describe("the sensor's name"),
    sensorId: z.int().positive().nullable(),
    location: z.string().nullable(),
    severity: z.enum(SEVERITIES),
    message: z.string(),
    timestamp: z.iso.datetime().describe('when it was raised'),
    acknowledged: z.boolean(),
    acknowledgedAt: z.iso.datetime().optional(),
    acknowledgedBy: z.string().optional().describe("the account's name"),
    active: z.boolean().describe('true until what raised it is over'),
    resolvedAt: z.iso.datetime().optional(),
    count: z.int().positive().describe('how often it was found while active'),
    lastTimestamp: z.iso.datetime().describe('when it was last found'),
  })
  .meta({
    id: 'Alert',
    examples: [
      {
        id: 7,
        type: 'smoke',
        sensor: 'Détecteur de Fumée - Cuisine',
        sensorId: 2,
        location: 'Cuisine',
        severity: 'critical',
        message: 'Fumée détectée : Détecteur de Fumée - Cuisine (Cuisine)',
        timestamp: '2026-03-29T08:15:00.000Z',
        acknowledged: false,
        active: true,
        count: 1,
        lastTimestamp: '2026-03-29T08:15:00.000Z',
      },
    ],
  });

export type Alert = z.infer<typeof alert>;

const SOURCE = /^[A-Za-z0-9_.:-]{1,64}$/;

const identified = {
  type: z.enum(ALERT_TYPES).default('other'),
  sensorId: id.optional().describe('whose it is'),
  source: patterned(SOURCE, {
    fr: '1 à 64 caractères parmi A-Z a-z 0-9 _ . : -',
    en: '1 to 64 of A-Z a-z 0-9 _ . : -',
  })
    .default('home')
    .describe('what it comes from, where it is no sensor'),
};

/** An alert raised by hand or by a flow. One of each source and type is active at most. */
export const alertToRaise = z
  .strictObject({
    ...identified,
    severity: z.enum(SEVERITIES).default('warning'),
    message: line(500),
  })
  .meta({
    examples: [
      { type: 'other', source: 'panic-button', severity: 'critical', message: 'Au secours' },
    ],
  });

export type AlertToRaise = z.output<typeof alertToRaise>;

export const alertToResolve = z
  .strictObject(identified)
  .meta({ examples: [{ type: 'other', source: 'panic-button' }] });

export type AlertToResolve = z.output<typeof alertToResolve>;

const yesNo = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean(),
);

export const ALERTS_LIMIT_MAX = 500;

export const alertList = z.strictObject({
  limit: wholeNumber(1, ALERTS_LIMIT_MAX).default(50),
  cursor: cursorText(/^[1-9]\d{0,14}$/)
    .optional()
    .describe('from the header X-Next-Cursor of the page before'),
  severity: z.enum(SEVERITIES).optional(),
  acknowledged: yesNo.optional(),
  active: yesNo.optional(),
});

export type AlertFilter = z.infer<typeof alertList>;

export const STATS_PERIODS = ['24h', '7d', '30d', '12m'] as const;

export type StatsPeriod = (typeof STATS_PERIODS)[number];

const DAY_MS = 86_400_000;

export const PERIOD_MS: Readonly<Record<StatsPeriod, number>> = {
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
  '12m': 365 * DAY_MS,
};

export const securityStats = z
  .object({
    totalSensors: z.int(),
    activeSensors: z.int(),
    totalAlerts: z.int(),
    criticalAlerts: z.int().describe('critical and not acknowledged'),
    averageResponseTime: z
      .string()
      .nullable()
      .describe('from raised to acknowledged, as text: 2min'),
    uptime: z.number().nullable().describe('%: how much of the time the sensors were heard'),
  })
  .meta({
    id: 'SecurityStats',
    examples: [
      {
        totalSensors: 2,
        activeSensors: 2,
        totalAlerts: 12,
        criticalAlerts: 1,
        averageResponseTime: '2min',
        uptime: 99.7,
      },
    ],
  });

export type SecurityStats = z.infer<typeof securityStats>;

const webhookUrl = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .describe('gets each notification by POST; SMS gateways too');

const notificationFields = {
  email: z.boolean().describe("mails to the account's address"),
  push: z.boolean().describe('shows notifications on open pages'),
  sms: z.boolean().describe("gives webhookUrl the account's phone number as `to`"),
  minSeverity: z.enum(SEVERITIES),
  webhookUrl: webhookUrl.nullable(),
  quietHours: z
    .strictObject({ from: timeOfDay, to: timeOfDay })
    .nullable()
    .describe('home time; what is critical is told all the same'),
};

const NOTIFICATION_EXAMPLE = {
  email: true,
  push: true,
  sms: false,
  minSeverity: 'warning',
  webhookUrl: 'https://sms.example/send',
  quietHours: { from: '22:00', to: '06:00' },
} as const;

export const notificationConfig = z
  .object(notificationFields)
  .meta({ id: 'NotificationConfig', examples: [NOTIFICATION_EXAMPLE] });

export type NotificationConfig = z.infer<typeof notificationConfig>;

export const notificationChanges = z
  .strictObject({ ...notificationFields, webhookUrl: clearable(webhookUrl) })
  .partial()
  .meta({ examples: [NOTIFICATION_EXAMPLE] });

export type NotificationChanges = z.infer<typeof notificationChanges>;
