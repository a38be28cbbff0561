import { z } from 'zod';
import { LANGUAGES } from './language';
import { TOPIC_PREFIX } from './topics';

/** What names a home: its folder, its rows, its tokens' audience. */
export const HOME_KEY = /^[a-z0-9-]{1,32}$/;

const PORT_MAX = 65_535;

const yes = z.union([z.literal('1'), z.literal('true'), z.literal('on'), z.literal(true)]);
const no = z.union([z.literal('0'), z.literal('false'), z.literal('off'), z.literal(false)]);
const yesNo = z.union([yes.transform(() => true), no.transform(() => false)], {
  error: 'on or off (1, true, 0, false)',
});

const MAIL_SENDER = /^([^<>@"\r\n]{1,100} <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/;

const DURATION = /^(\d{1,6})([smhd])$/;
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const duration = z
  .string()
  .regex(DURATION, 'a number with s, m, h or d, for example 7d')
  .transform((text) => {
    const [, count, unit] = DURATION.exec(text) ?? [];
    return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  })
  .refine((ms) => ms > 0, 'more than 0');

const PORT_WANTED = `a port from 0 to ${PORT_MAX}`;

const port = z
  .union(
    [
      z.int(),
      z
        .string()
        .regex(/^\d{1,5}$/)
        .transform(Number),
    ],
    { error: PORT_WANTED },
  )
  .pipe(z.int().min(0).max(PORT_MAX, PORT_WANTED));

const ORIGINS_WANTED = 'origins such as https://maison.example';

const originList = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim().replace(/\/$/, '')))
  .pipe(
    z.array(
      z
        .string()
        .regex(/^https?:\/\/[^/\s?#@]+$/i, ORIGINS_WANTED)
        .refine((origin) => URL.canParse(origin), ORIGINS_WANTED)
        // As browsers send it: in lower case, without the default port.
        .transform((origin) => new URL(origin).origin),
    ),
  );

/** Where the home is, for sun and weather. Degrees, north and east above zero. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

const PLACE = /^(-?\d{1,2}(?:\.\d{1,8})?) *, *(-?\d{1,3}(?:\.\d{1,8})?)$/;

const place = z
  .string()
  .trim()
  .regex(PLACE, 'latitude and longitude such as 6.13, 1.22')
  .transform((text): Place => {
    const [, latitude, longitude] = PLACE.exec(text) ?? [];
    return { latitude: Number(latitude), longitude: Number(longitude) };
  })
  .refine(({ latitude }) => Math.abs(latitude) <= 90, 'a latitude from -90 to 90')
  .refine(({ longitude }) => Math.abs(longitude) <= 180, 'a longitude from -180 to 180');

const LOME: Place = { latitude: 6.13, longitude: 1.22 };
const DEFAULT_ZONE = 'Africa/Lome';

/** The names of the time zone database, and no offsets: those know nothing of summer time. */
const TIME_ZONE = /^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/;

const timeZone = z.string().refine((name) => {
  if (!TIME_ZONE.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, 'a name of the time zone database such as Africa/Lome');

const HOST = /^[A-Za-z0-9._:-]{1,253}$/;

const hostList = z
  .string()
  .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
  .pipe(z.array(z.string().regex(HOST, 'names or addresses such as weather.lan, 192.168.1.7')));

function hasNoPassword(address: string): boolean {
  return !URL.canParse(address) || (new URL(address).username || new URL(address).password) === '';
}

/** `mqtt:broker` is an address without a host. */
function namesHost(address: string): boolean {
  return URL.canParse(address) && new URL(address).hostname !== '';
}

/** A web address below which paths are put: behind a query or a fragment they would be lost. */
const baseAddress = z
  .string()
  .trim()
  .pipe(z.url({ protocol: /^https?$/, error: 'an address such as https://maison.example' }))
  // It stands in flows, exports and mails.
  .refine(hasNoPassword, 'an address without user and password')
  .refine((address) => !/[?#]/.test(address), 'an address without query (?) or fragment (#)');

const BROKER_WANTED = 'an address such as mqtts://broker.example:8883 (mqtt, mqtts, ws or wss)';

/** The settings of a home as its dialog holds them: texts. Empty, and a variable that was not set, mean the default. */
const schema = z.object({
  key: z.string().regex(HOME_KEY, '1 to 32 of a-z 0-9 -').default('home'),
  basePath: z
    .string()
    .regex(/^(\/[A-Za-z0-9_-]+){1,4}$/, 'a path such as /api')
    .default('/api'),
  topicPrefix: z.string().regex(TOPIC_PREFIX, 'levels of letters and digits').default('aurion'),
  language: z.enum(LANGUAGES).default('fr'),
  registration: z.enum(['open', 'closed', 'auto']).default('auto'),
  tokenTtl: duration.default(7 * UNIT_MS.d),
  mqttHost: z.string().max(255).default('127.0.0.1'),
  mqttPort: port.default(1883),
  /** MQTT over WebSocket; 0: any free port, for tests. */
  mqttWsPort: port.default(9001),
  /** An outside broker instead of the embedded one. */
  mqttUrl: z
    .string()
    .trim()
    .pipe(z.url({ protocol: /^(mqtts?|wss?)$/, error: BROKER_WANTED }))
    .refine(namesHost, BROKER_WANTED)
    // It stands in flows and exports, where no secret may be.
    .refine(
      hasNoPassword,
      'user and password are settings of their own (mqttUsername, mqttPassword)',
    )
    .nullable()
    .default(null),
  wsPath: z
    .string()
    .regex(/^(\/[A-Za-z0-9_-]+){1,4}$/, 'a path such as /ws')
    .nullable()
    .default(null),
  corsOrigins: originList.default([]),
  trustProxy: yesNo.default(false),
  publicUrl: baseAddress.nullable().default(null),
  demo: yesNo.default(true),
  /** The sender of mails; null: as the mail server's address says. */
  mailFrom: z
    .string()
    .max(255)
    .regex(MAIL_SENDER, 'an address such as Aurion <aurion@maison.example>')
    .nullable()
    .default(null),
  /** Days, hours and schedules are this zone's. IANA. */
  timeZone: timeZone.default(DEFAULT_ZONE),
  place: place.nullable().default(null),
  /** ISO 4217. */
  currency: z
    .string()
    .refine((code) => Intl.supportedValuesOf('currency').includes(code), 'a code such as XOF')
    .default('XOF'),
  /** An Open-Meteo of one's own instead of the public one. */
  weatherUrl: baseAddress.nullable().default(null),
  /** Hosts in private networks that Aurion may call all the same. */
  allowedHosts: hostList.default([]),
  /** False for tests and benchmarks only. */
  rateLimit: yesNo.default(true),
  /** The page that shows the API. */
  docs: yesNo.default(true),
});

export type HomeSettings = Omit<z.output<typeof schema>, 'wsPath'> & {
  /** `/ws`; of a home with another base path than `/api`, `ws` below that. */
  readonly wsPath: string;
};

/** The names of a home's settings, as its dialog and flow files know them. */
export const HOME_SETTINGS = Object.keys(schema.shape) as readonly (keyof HomeSettings)[];

/** A setting that makes no sense. `setting` names it. */
export class SettingInvalid extends Error {
  override readonly name = 'SettingInvalid';
  readonly code = 'SETTING_INVALID';
  constructor(
    readonly setting: string,
    readonly problem: string,
  ) {
    super(`Setting "${setting}": ${problem}`);
  }
}

/**
 * Reads a home's settings from what a dialog holds.
 * @throws SettingInvalid naming the first that is wrong
 */
export function readHomeSettings(raw: Readonly<Record<string, unknown>>): HomeSettings {
  const named = Object.entries(raw).filter(([, value]) => !isEmpty(value));
  const result = schema.safeParse(Object.fromEntries(named));
  if (result.success) {
    const { basePath, wsPath, place: given, timeZone: zone } = result.data;
    return {
      ...result.data,
      wsPath: wsPath ?? (basePath === '/api' ? '/ws' : `${basePath}/ws`),
      // A home that says nothing is in Lomé; of one in another zone nobody knows where it is.
      place: given ?? (zone === DEFAULT_ZONE ? LOME : null),
    };
  }
  const [issue] = result.error.issues;
  throw new SettingInvalid(String(issue?.path[0] ?? ''), issue?.message ?? 'invalid');
}

/** Absent, blank, or a `${VARIABLE}` that Node-RED left as it was because it is not set. */
export function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    (typeof value === 'string' && (value.trim() === '' || /^\$\{[^}]*\}$/.test(value.trim())))
  );
}
