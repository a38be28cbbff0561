import { AurionError } from '../../contract/errors';
import { BROKER_LIMITS } from '../../domain/mqtt/broker-limits';

/** Whether a topic or filter is there and not too long. */
export function isTopicLength(topic: string): boolean {
  return topic !== '' && Buffer.byteLength(topic) <= BROKER_LIMITS.topicBytes;
}

/**
 * Refuses what is no topic to publish on: brokers drop the connection of who tries.
 * @throws BROKER_UNAVAILABLE
 */
export function assertTopic(topic: string): void {
  if (!isTopicLength(topic) || /[+#\0]/.test(topic)) {
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
