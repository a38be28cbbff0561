import type { AurionError } from './errors';

/** `degraded`: something is away and Aurion copes. `unavailable`: it can't serve. */
export type HomeStatus = 'ok' | 'degraded' | 'unavailable';

/** What a home is made of, as far as it can be away by itself. */
export const PARTS = ['store', 'journal', 'broker', 'websocket'] as const;

export type PartName = (typeof PARTS)[number];

/** `starting`: not tried yet. `closed`: no flow opens it, which is nobody's fault. */
export const PART_STATES = ['starting', 'ok', 'away', 'closed'] as const;

export interface PartHealth {
  readonly state: (typeof PART_STATES)[number];
  /** Since when, in milliseconds since 1970. */
  readonly since: number;
  /** Why it is away. */
  readonly error: AurionError | null;
}

/** How a home is, for its keeper. */
export interface HealthReport {
  readonly status: HomeStatus;
  readonly version: string;
  /** Since the home was made in this process. */
  readonly uptimeS: number;
  readonly parts: Readonly<Record<PartName, PartHealth>>;
}
