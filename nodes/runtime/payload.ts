import type { AurionMessage } from './shell';

/** The shared value behind each accessor that nobody has read yet. */
const lent = new WeakMap<() => unknown, unknown>();

type Read = () => unknown;

interface Accessor {
  readonly get?: Read;
}

/**
 * Puts a value on a message without copying it: whoever reads `msg.payload` first gets a private copy
 * made then, and may do with it what he likes. Where nobody reads it, nobody pays for a copy.
 * @param value is never changed by whoever made it
 */
export function lendPayload(message: AurionMessage, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    message.payload = value;
    return;
  }
  const own = (payload: unknown): unknown => {
    const property = { value: payload, writable: true, enumerable: true, configurable: true };
    Object.defineProperty(message, 'payload', property);
    return payload;
  };
  const read = () => own(structuredClone(value));
  lent.set(read, value);
  Object.defineProperty(message, 'payload', {
    get: read,
    set: own,
    enumerable: true,
    configurable: true,
  });
}

/** A message's payload, to be sent and not changed: the shared value itself if nobody has read or replaced it. */
export function payloadToSend(message: AurionMessage): unknown {
  const accessor: Accessor | undefined = Object.getOwnPropertyDescriptor(message, 'payload');
  const read = accessor?.get;
  return read && lent.has(read) ? lent.get(read) : message.payload;
}
