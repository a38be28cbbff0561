import { z } from 'zod';
import type { WeatherCondition, WeatherNow } from '../../contract/weather';
import type { WeatherSource } from '../../ports/weather';
import { guardedRequest } from '../http-client/guarded-request';

export interface OpenMeteoOptions {
  readonly url: string;
  readonly allowedHosts: readonly string[];
  /** Tests take less. */
  readonly timeoutMs?: number;
}

export const OPEN_METEO_URL = 'https://api.open-meteo.com';

const TIMEOUT_MS = 5000;

const FIELDS = [
  ...['temperature_2m', 'apparent_temperature', 'relative_humidity_2m', 'precipitation'],
  ...['cloud_cover', 'wind_speed_10m', 'wind_direction_10m', 'is_day', 'weather_code'],
];

const number = z
  .number()
  .nullish()
  .transform((value) => value ?? null);

const answer = z.object({
  current_units: z.object({
    temperature_2m: z.enum(['°C', '°F']),
    wind_speed_10m: z.literal('km/h').optional(),
    precipitation: z.literal('mm').optional(),
  }),
  current: z.object({
    /** Seconds since 1970. */
    time: z.int().positive(),
    temperature_2m: z.number(),
    apparent_temperature: number,
    relative_humidity_2m: number,
    precipitation: number,
    cloud_cover: number,
    wind_speed_10m: number,
    wind_direction_10m: number,
    is_day: number,
    weather_code: z
      .int()
      .nullish()
      .transform((value) => value ?? null),
  }),
});

/** The weather by Open-Meteo (https://open-meteo.com/en/docs), which asks for no key, or by a server of one's own that speaks its language. */
export function createOpenMeteo(options: OpenMeteoOptions): WeatherSource {
  const { allowedHosts, timeoutMs = TIMEOUT_MS } = options;
  return {
    async current({ latitude, longitude }) {
      const url = new URL(`${options.url.replace(/\/$/, '')}/v1/forecast`);
      const query = { latitude, longitude, current: FIELDS.join(','), timeformat: 'unixtime' };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
      return read(await guardedRequest(url.href, { allowedHosts, timeoutMs }));
    },
  };
}

function read(text: string): WeatherNow {
  const { current, current_units: units } = answer.parse(JSON.parse(text));
  const celsius = (degrees: number) =>
    units.temperature_2m === '°C' ? degrees : Math.round(((degrees - 32) / 1.8) * 10) / 10;
  const { apparent_temperature: apparent, is_day: isDay, weather_code: code } = current;
  return {
    temperatureC: celsius(current.temperature_2m),
    apparentTemperatureC: apparent === null ? null : celsius(apparent),
    humidity: current.relative_humidity_2m,
    precipitationMm: current.precipitation,
    cloudCover: current.cloud_cover,
    windSpeedKmh: current.wind_speed_10m,
    windDirectionDeg: current.wind_direction_10m,
    isDay: isDay === null ? null : isDay === 1,
    condition: conditionOf(code),
    code,
    observedAt: new Date(current.time * 1000).toISOString(),
  };
}

/** Where each group of WMO codes (table 4677, as Open-Meteo uses it) ends. */
const GROUPS: readonly (readonly [number, WeatherCondition])[] = [
  [1, 'clear'],
  [2, 'partly-cloudy'],
  [3, 'cloudy'],
  [44, 'unknown'],
  [48, 'fog'],
  [50, 'unknown'],
  [57, 'drizzle'],
  [60, 'unknown'],
  [67, 'rain'],
  [70, 'unknown'],
  [77, 'snow'],
  [79, 'unknown'],
  [82, 'showers'],
  [84, 'unknown'],
  [86, 'snow'],
  [94, 'unknown'],
  [99, 'thunderstorm'],
];

function conditionOf(code: number | null): WeatherCondition {
  if (code === null || code < 0) return 'unknown';
  return GROUPS.find(([last]) => code <= last)?.[1] ?? 'unknown';
}
