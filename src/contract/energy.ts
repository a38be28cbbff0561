import { z } from 'zod';
import type { Text } from './language';

/** The figures of `/energy`, as REST and MQTT show them. What was not measured is null, never 0. */

const kWh = z.number().describe('kWh, at most 3 decimals');
const money = z.number().describe("in the tariff's currency, rounded to its coin");
const percent = z.number().describe('%, one decimal');

export const TRENDS = ['up', 'down', 'stable'] as const;

export const consumption = z
  .object({
    current: z.number().nullable().describe('kW, at most 3 decimals'),
    today: kWh.nullable(),
    cost: money.nullable().describe("today's"),
    trend: z.enum(TRENDS).describe('today against the same hours of the last 7 days'),
    trendPercentage: percent.nullable().describe('by how much, without sign'),
  })
  .meta({ id: 'Consumption' });

export type Consumption = z.infer<typeof consumption>;

export const HISTORY_PERIODS = ['24h', '7d', '30d', '12m'] as const;
export const HISTORY_STEPS = ['5m', 'hour', 'day', 'month'] as const;

const instant = z.iso.datetime({ offset: true });

/** A period (`24h` unless told), or a range of one's own in steps (`hour` unless told). */
export const historyQuery = z
  .strictObject({
    period: z.enum(HISTORY_PERIODS).optional(),
    from: instant.optional(),
    to: instant.optional().describe('exclusive'),
    step: z.enum(HISTORY_STEPS).optional(),
  })
  .superRefine(({ period, from, to, step }, context) => {
    const isRange = from !== undefined && to !== undefined;
    const isPeriod = from === undefined && to === undefined && step === undefined;
    if (isPeriod || (isRange && period === undefined)) return;
    const text: Text = {
      fr: 'period seul, ou from et to (et step)',
      en: 'period alone, or from and to (and step)',
    };
    context.addIssue({ code: 'custom', path: ['period'], params: { text } });
  });

export type HistoryQuery = z.infer<typeof historyQuery>;

export const historyPoint = z
  .object({
    timestamp: z.iso.datetime().describe('the start of the slot'),
    consumption: kWh.nullable(),
    cost: money.nullable(),
    coverage: z.number().min(0).max(1).describe('how much of the slot is known'),
    quality: z.enum(['measured', 'recovered', 'estimated', 'missing']),
  })
  .meta({ id: 'EnergyHistoryPoint' });

export type HistoryPoint = z.infer<typeof historyPoint>;

export const STATS_PERIODS = ['day', 'week', 'month', 'year'] as const;
export type StatsPeriod = (typeof STATS_PERIODS)[number];

export const energyStats = z
  .object({
    totalConsumption: kWh.nullable(),
    totalCost: money.nullable(),
    averageDaily: kWh.nullable().describe('a day of which something is known'),
    comparedToLastMonth: percent
      .nullable()
      .describe('mean power against that of the calendar month before; above 0 is more'),
    peakHour: z
      .string()
      .regex(/^\d\d:00$/)
      .nullable()
      .describe('the hour that used most, home time'),
    peakConsumption: kWh.nullable().describe('in that hour'),
    efficiency: percent.nullable().describe('share of the energy used outside peak hours'),
  })
  .meta({ id: 'EnergyStats' });

export type EnergyStats = z.infer<typeof energyStats>;

export const energyForecast = z
  .object({
    nextDay: kWh.nullable().describe('tomorrow'),
    nextWeek: kWh.nullable().describe('the 7 days from tomorrow'),
    nextMonth: kWh.nullable().describe('the 30 days from tomorrow'),
    estimatedCost: money.nullable().describe('of nextMonth'),
    confidence: percent.nullable().describe('how well the method did on the last days'),
    reason: z.string().nullable().describe('why there is no forecast'),
  })
  .meta({ id: 'EnergyForecast' });

export type EnergyForecast = z.infer<typeof energyForecast>;

export const deviceEnergy = z
  .object({
    device: z.string().describe('its name'),
    deviceId: z.int().positive(),
    consumption: kWh,
    percentage: percent,
    cost: money,
  })
  .meta({ id: 'DeviceEnergy' });

export type DeviceEnergy = z.infer<typeof deviceEnergy>;
