import { z } from 'zod';
import type { Text } from './language';

/** The figures of `/energy`, as REST and MQTT show them. What was not measured is null, never 0. */

const kWh = z.number().describe('kWh, at most 3 decimals');
const money = z.number().describe('in `currency`, rounded to its coin');
export const COST_REASONS = ['no-tariff', 'mixed-currencies'] as const;
export type CostReason = (typeof COST_REASONS)[number];

/** What goes with every cost that is shown. */
const costNotes = {
  currency: z.string().optional().describe('of the cost: ISO 4217; left out where that is null'),
  costReason: z
    .enum(COST_REASONS)
    .optional()
    .describe(
      'why the cost is null though something was measured: nobody has set a tariff, or parts were paid ' +
        'in several currencies, which are never added up',
    ),
};

export interface CostNotes {
  readonly currency?: string | undefined;
  readonly costReason?: CostReason | undefined;
}

const percent = z.number().describe('%, one decimal');

export const TRENDS = ['up', 'down', 'stable'] as const;

export const consumption = z
  .object({
    current: z.number().nullable().describe('kW, at most 3 decimals'),
    today: kWh.nullable(),
    cost: money.nullable().describe("today's"),
    ...costNotes,
    trend: z.enum(TRENDS).describe('today against the same hours of the last 7 days'),
    trendPercentage: percent.nullable().describe('by how much, without sign'),
  })
  .meta({
    id: 'Consumption',
    examples: [
      {
        ...{ current: 0.412, today: 3.087, cost: 617, currency: 'XOF' },
        ...{ trend: 'down', trendPercentage: 12.5 },
      },
    ],
  });

export type Consumption = z.infer<typeof consumption>;

export const HISTORY_PERIODS = ['24h', '7d', '30d', '12m'] as const;
/** Unless told, where no range is given either. */
export const HISTORY_PERIOD = '7d';
export const HISTORY_STEPS = ['5m', 'hour', 'day', 'month'] as const;

const instant = z.iso.datetime({ offset: true }).meta({ examples: ['2026-03-29T00:00:00Z'] });

const historyFields = {
  period: z
    .enum(HISTORY_PERIODS)
    .optional()
    .describe(`${HISTORY_PERIOD} unless told; not together with a range`),
  from: instant.optional(),
  to: instant
    .optional()
    .describe('exclusive; the first and the last slot are cut where the range is'),
  step: z.enum(HISTORY_STEPS).optional().describe('of a range; hour unless told'),
};

type HistoryFields = z.output<z.ZodObject<typeof historyFields>>;

function periodOrRange(
  { period, from, to, step }: HistoryFields,
  context: z.core.$RefinementCtx,
): void {
  const isRange = from !== undefined && to !== undefined;
  const isPeriod = from === undefined && to === undefined && step === undefined;
  if (isPeriod || (isRange && period === undefined)) return;
  const text: Text = {
    fr: 'period seul, ou from et to (et step)',
    en: 'period alone, or from and to (and step)',
  };
  context.addIssue({ code: 'custom', path: ['period'], params: { text } });
}

/** A period, or a range of one's own in steps (`hour` unless told). */
export const historyQuery = z.strictObject(historyFields).superRefine(periodOrRange);

/** A history, and how a spreadsheet wants it. */
export const exportQuery = z
  .strictObject({
    ...historyFields,
    separator: z
      .enum([',', ';', 'tab'])
      .optional()
      .describe('of fields: , unless told; ; if Accept-Language asks for French'),
    decimal: z
      .enum(['.', ','])
      .optional()
      .describe('of numbers: . unless told; , if Accept-Language asks for French'),
    acceptLanguage: z.string().max(8000).optional().describe('fr: as a French spreadsheet writes'),
  })
  .superRefine(periodOrRange);

export type HistoryQuery = z.infer<typeof historyQuery>;

export const historyPoint = z
  .object({
    timestamp: z.iso.datetime().describe('the start of the slot'),
    consumption: kWh.nullable(),
    cost: money.nullable(),
    ...costNotes,
    coverage: z.number().min(0).max(1).describe('how much of the slot is known'),
    quality: z.enum(['measured', 'recovered', 'estimated', 'missing']),
  })
  .meta({
    id: 'EnergyHistoryPoint',
    examples: [
      {
        timestamp: '2026-03-29T08:00:00.000Z',
        consumption: 0.412,
        cost: 82,
        currency: 'XOF',
        coverage: 1,
        quality: 'measured',
      },
    ],
  });

export type HistoryPoint = z.infer<typeof historyPoint>;

export const STATS_PERIODS = ['day', 'week', 'month', 'year'] as const;
export type StatsPeriod = (typeof STATS_PERIODS)[number];

export const energyStats = z
  .object({
    totalConsumption: kWh.nullable(),
    totalCost: money.nullable(),
    ...costNotes,
    averageDaily: kWh.nullable().describe('a day of which something is known'),
    comparedToLastMonth: percent
      .nullable()
      .describe('mean power against that of the calendar month before; above 0 is more'),
    peakHour: z
      .string()
      .regex(/^\d\d:00$/)
      .meta({ examples: ['19:00'] })
      .nullable()
      .describe('the hour that used most, home time'),
    peakConsumption: kWh.nullable().describe('in that hour'),
    efficiency: percent.nullable().describe('share of the energy used outside peak hours'),
  })
  .meta({
    id: 'EnergyStats',
    examples: [
      {
        totalConsumption: 186.4,
        totalCost: 37280,
        currency: 'XOF',
        averageDaily: 6.428,
        comparedToLastMonth: -4.2,
        peakHour: '19:00',
        peakConsumption: 1.204,
        efficiency: 71.3,
      },
    ],
  });

export type EnergyStats = z.infer<typeof energyStats>;

export const energyForecast = z
  .object({
    nextDay: kWh.nullable().describe('tomorrow'),
    nextWeek: kWh.nullable().describe('the 7 days from tomorrow'),
    nextMonth: kWh.nullable().describe('the 30 days from tomorrow'),
    estimatedCost: money.nullable().describe('of nextMonth'),
    ...costNotes,
    confidence: percent.nullable().describe('how well the method did on the last days'),
    reason: z.string().nullable().describe('why there is no forecast'),
  })
  .meta({
    id: 'EnergyForecast',
    examples: [
      {
        nextDay: 6.512,
        nextWeek: 45.101,
        nextMonth: 194.03,
        estimatedCost: 38806,
        currency: 'XOF',
        confidence: 91.7,
        reason: null,
      },
    ],
  });

export type EnergyForecast = z.infer<typeof energyForecast>;

export const deviceEnergy = z
  .object({
    device: z.string().describe('its name'),
    deviceId: z.int().positive(),
    consumption: kWh,
    percentage: percent,
    cost: money.nullable().describe('its share of what the home paid'),
    ...costNotes,
  })
  .meta({
    id: 'DeviceEnergy',
    examples: [
      {
        device: 'Climatiseur Chambre',
        deviceId: 2,
        consumption: 81.2,
        percentage: 43.6,
        cost: 16240,
        currency: 'XOF',
      },
    ],
  });

export type DeviceEnergy = z.infer<typeof deviceEnergy>;

/** Something happened to a meter. */
export const meterNews = z
  .object({
    deviceId: z.int().positive(),
    name: z.string(),
    at: z.iso.datetime().describe("by the meter's own time, where it has one"),
  })
  .meta({
    id: 'MeterNews',
    examples: [{ deviceId: 4, name: 'Compteur', at: '2026-03-29T08:15:00.000Z' }],
  });

export type MeterNews = z.infer<typeof meterNews>;

/** Energy that a meter measured over a time, as flows hear of it. */
export const meterSlice = z
  .object({
    deviceId: z.int().positive(),
    name: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    consumption: z.number().min(0).describe('kWh, at most 9 decimals'),
    power: z.number().min(0).describe('its mean, kW'),
    quality: z.enum(['measured', 'recovered', 'estimated']),
  })
  .meta({ id: 'MeterSlice' });

export type MeterSlice = z.infer<typeof meterSlice>;

export const rerateSpan = z
  .strictObject({ from: instant, to: instant.describe('exclusive') })
  .meta({ examples: [{ from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' }] })
  .superRefine(({ from, to }, context) => {
    if (Date.parse(to) > Date.parse(from)) return;
    const text: Text = {
      fr: '« to » doit être après « from »',
      en: '"to" must be after "from"',
    };
    context.addIssue({ code: 'custom', path: ['to'], params: { text } });
  });

export const rerated = z.object({ buckets: z.int().min(0).describe('how many were priced anew') });

export const alertThreshold = z.strictObject({
  threshold: z
    .number()
    .positive()
    .max(1000)
    .nullable()
    .describe('kW; null: no alert')
    .meta({ examples: [6] }),
});
