import { AurionError } from '../../contract/errors';

const TOPIC_BYTES_MAX = 256;

/**
 * Refuses what is no topic to publish on: brokers drop the connection of who tries.
 * @throws BROKER_UNAVAILABLE
 */
export function assertTopic(topic: string): void {
  if (topic === '' || /[+#\0]/.test(topic) || Buffer.byteLength(topic) > TOPIC_BYTES_MAX) {
    throw new AurionError('BROKER_UNAVAILABLE', { cause: new Error('not a topic to publish on') });
  }
}

/** True for a command whose time is over: `expiresAt` in its payload, as CONTRACT §3 has it. */
export function isExpiredCommand(topic: string, payload: Buffer | string, now: number): boolean {
  if (!topic.endsWith('/command')) return false;
  try {
    const { expiresAt } = JSON.parse(payload.toString()) as { expiresAt?: unknown };
    return typeof expiresAt === 'string' && Date.parse(expiresAt) <= now;
  } catch {
    return false;
  }
}
