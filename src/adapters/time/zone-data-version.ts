import { versions } from 'node:process';

/** The version of the time zone database that this Node.js brings, such as `2026c`; empty where it does not say. */
export const ZONE_DATA_VERSION = versions['tz'] ?? '';
