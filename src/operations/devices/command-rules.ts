import { actorLabel, type Actor } from '../../contract/actor';
import type { ErrorCode } from '../../contract/errors';

/** What a command can fail with. */
export const COMMAND_ERRORS: readonly ErrorCode[] = [
  'DEVICE_NOT_FOUND',
  'DEVICE_OFFLINE',
  'DEVICE_TIMEOUT',
  'DEVICE_REFUSED',
  'BROKER_UNAVAILABLE',
  'SERVICE_BUSY',
  'IDEMPOTENCY_KEY_REUSED',
];

export const IDEMPOTENCY_HEADER = { idempotencyKey: 'Idempotency-Key' } as const;

/** An Idempotency-Key counts for one account at one device. */
export function scopeOf(actor: Actor | null, deviceId: number): string {
  return `${actorLabel(actor)}:${deviceId}`;
}
