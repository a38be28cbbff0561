import { z } from 'zod';
import type { DeviceType } from '../contract/device';
import type { SeededRandom } from './random';
import { round } from './rounding';

/** Meters are played on their own. */
export type SwitchableType = Exclude<DeviceType, 'meter'>;

/**
 * How a device takes commands:
 * - `normal` obeys and answers within a few milliseconds,
 * - `slow` obeys and answers after 1 to 4 seconds,
 * - `silent` neither obeys nor answers, but reports as if nothing were wrong,
 * - `contrary` answers with the opposite of what it was told,
 * - `offline` says that it is offline, and nothing else.
 */
export type Behaviour = 'normal' | 'slow' | 'silent' | 'contrary' | 'offline';

export type AttributeValue = number | string | boolean | null;
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface DeviceDescription {
  /** Its id or key in topics. */
  readonly id: string;
  readonly name: string;
  readonly type: SwitchableType;
  readonly room: string;
  /** Nominal power. */
  readonly powerW: number;
  readonly behaviour: Behaviour;
  /** What it is when it starts. */
  readonly initially: DeviceState;
}

export interface DeviceState {
  readonly on: boolean;
  readonly attributes: Attributes;
}

/** What Aurion tells a device. */
export interface Command {
  readonly status?: boolean;
  readonly commandId: string;
  /** Milliseconds since 1970; without it the command is always good. */
  readonly expiresAt?: number;
  readonly attributes: Attributes;
}

/** By how much of its nominal power a device's power wavers, up and down. */
export const POWER_NOISE: Readonly<Record<SwitchableType, number>> = {
  light: 0.02,
  climate: 0.1,
  fan: 0.04,
  entertainment: 0.12,
  appliance: 0.15,
  other: 0.05,
};

const NORMAL_DELAY_MS = { from: 1, to: 8 };
const SLOW_DELAY_MS = { from: 1000, to: 4000 };

const attribute = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const commandMessage = z
  .object({
    status: z.boolean().optional(),
    commandId: z.string(),
    expiresAt: z.iso.datetime().optional(),
  })
  .catchall(attribute);

/** Reads the payload of a command, or null for what is none. */
export function readCommand(payload: Buffer): Command | null {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString('utf8'));
  } catch {
    return null;
  }
  const { data } = commandMessage.safeParse(value);
  if (!data) return null;
  const { status, commandId, expiresAt, ...attributes } = data;
  return {
    commandId,
    attributes,
    ...(status !== undefined && { status }),
    ...(expiresAt !== undefined && { expiresAt: Date.parse(expiresAt) }),
  };
}

/** True once its time is past: a device must not act on it any more. */
export function isExpired({ expiresAt }: Command, now: number): boolean {
  return expiresAt !== undefined && now > expiresAt;
}

/** What a device becomes by a command. Who is silent or offline stays what it was. */
export function obey(state: DeviceState, command: Command, behaviour: Behaviour): DeviceState {
  switch (behaviour) {
    case 'normal':
    case 'slow':
      return {
        on: command.status ?? state.on,
        attributes: { ...state.attributes, ...command.attributes },
      };
    case 'contrary':
      return { ...state, on: command.status === undefined ? state.on : !command.status };
    case 'silent':
    case 'offline':
      return state;
  }
}

/** How long a device takes to answer, or null when it never does. */
export function answerDelayMs(behaviour: Behaviour, random: SeededRandom): number | null {
  switch (behaviour) {
    case 'normal':
    case 'contrary':
      return random.between(NORMAL_DELAY_MS.from, NORMAL_DELAY_MS.to);
    case 'slow':
      return random.between(SLOW_DELAY_MS.from, SLOW_DELAY_MS.to);
    case 'silent':
    case 'offline':
      return null;
  }
}

/** The power a device draws now: nothing when off, less when dimmed, else its nominal power with some noise. */
export function drawnPowerW(
  { type, powerW }: Pick<DeviceDescription, 'type' | 'powerW'>,
  { on, attributes }: DeviceState,
  random: SeededRandom,
): number {
  const noise = random.between(-POWER_NOISE[type], POWER_NOISE[type]);
  if (!on) return 0;
  const { brightness } = attributes;
  const dimmed = typeof brightness === 'number' ? Math.min(Math.max(brightness, 0), 100) / 100 : 1;
  return round(powerW * dimmed * (1 + noise), 1);
}

/** The payload of a status message; with the command's id when it is the answer to one. */
export function statusMessage(state: DeviceState, powerW: number, commandId?: string): string {
  return JSON.stringify({
    ...state.attributes,
    status: state.on,
    power: powerW,
    ...(commandId !== undefined && { commandId }),
  });
}
