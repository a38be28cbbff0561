import { z } from 'zod';

export const WEATHER_CONDITIONS = [
  'clear',
  'partly-cloudy',
  'cloudy',
  'fog',
  'drizzle',
  'rain',
  'snow',
  'showers',
  'thunderstorm',
  'unknown',
] as const;

export type WeatherCondition = (typeof WEATHER_CONDITIONS)[number];

const number = z.number().nullable();

const now = {
  temperatureC: z.number(),
  apparentTemperatureC: number,
  humidity: number.describe('%'),
  precipitationMm: number,
  cloudCover: number.describe('%'),
  windSpeedKmh: number,
  windDirectionDeg: number,
  isDay: z.boolean().nullable(),
  condition: z.enum(WEATHER_CONDITIONS),
  code: z.int().nullable().describe('WMO code 4677, as Open-Meteo gives it'),
  observedAt: z.iso.datetime(),
};

/** The weather as a source observed it. */
export const weatherNow = z.object(now);

export type WeatherNow = z.infer<typeof weatherNow>;

/** The weather as REST shows it. */
export const weather = z
  .object({
    ...now,
    ageS: z.int().describe('seconds since it was observed'),
    stale: z
      .boolean()
      .describe('true when the source could not be asked and this is what was last known'),
  })
  .meta({
    id: 'Weather',
    examples: [
      {
        ...{ temperatureC: 29.4, apparentTemperatureC: 33.1, humidity: 74, precipitationMm: 0 },
        ...{ cloudCover: 40, windSpeedKmh: 12.6, windDirectionDeg: 210, isDay: true },
        ...{ condition: 'partly-cloudy', code: 2, observedAt: '2026-11-22T15:30:00.000Z' },
        ...{ ageS: 240, stale: false },
      },
    ],
  });

export type Weather = z.infer<typeof weather>;
