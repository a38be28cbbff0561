import type { RawData } from 'ws';
import { AurionError } from '../../contract/errors';
import { HOME_EVENT_NAMES, type HomeEvent, type HomeEventName } from '../../contract/events';
import { assertSafeKeys, printable } from '../../contract/safe-input';
import { Breach, CLOSE } from './close-codes';
import type { AccountActor, FrameFields } from './live-home';

/** What a client says. `other` is nothing Aurion knows: a flow may. */
export type ClientFrame =
  | { readonly kind: 'auth'; readonly token: string; readonly cursor: string | null }
  | { readonly kind: 'subscribe'; readonly events: ReadonlySet<HomeEventName> }
  | { readonly kind: 'resume'; readonly cursor: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'other'; readonly fields: FrameFields };

/** Reads one frame. @throws Breach */
export function readFrame(data: RawData, isBinary: boolean): ClientFrame {
  if (isBinary) throw new Breach(CLOSE.binary, 'Text frames only');
  const fields = parse((data as Buffer).toString());
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new Breach(CLOSE.againstRules, 'One JSON object a frame');
  }
  try {
    assertSafeKeys(fields);
  } catch (error) {
    throw new Breach(CLOSE.againstRules, error instanceof AurionError ? error.message : '');
  }
  return readFields(fields as FrameFields);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Breach(CLOSE.notJson, 'Not JSON');
  }
}

function readFields(fields: FrameFields): ClientFrame {
  switch (fields['type']) {
    case 'auth': {
      const { token, cursor = null } = fields;
      if (typeof token !== 'string') throw new Breach(CLOSE.signInAgain, 'Token missing');
      return { kind: 'auth', token, cursor: cursor === null ? null : readCursor(cursor) };
    }
    case 'subscribe':
      return { kind: 'subscribe', events: readEvents(fields['events']) };
    case 'resume':
      return { kind: 'resume', cursor: readCursor(fields['cursor']) };
    case 'ping':
      return { kind: 'ping' };
    default:
      return { kind: 'other', fields };
  }
}

function readCursor(cursor: unknown): string {
  if (typeof cursor === 'string') return cursor;
  throw new Breach(CLOSE.againstRules, 'cursor: a text is expected');
}

function readEvents(events: unknown): ReadonlySet<HomeEventName> {
  if (!Array.isArray(events)) {
    throw new Breach(CLOSE.againstRules, 'events: a list of event names is expected');
  }
  for (const name of events as unknown[]) {
    if (isEventName(name)) continue;
    const shown = typeof name === 'string' ? printable(name) : typeof name;
    throw new Breach(CLOSE.againstRules, `Unknown event: ${shown}`);
  }
  return new Set(events as HomeEventName[]);
}

function isEventName(name: unknown): name is HomeEventName {
  return (HOME_EVENT_NAMES as readonly unknown[]).includes(name);
}

/** A frame as it goes over the wire: made once, sent to as many clients as want it. */
export function serialise(frame: object): Buffer {
  return Buffer.from(JSON.stringify(frame));
}

export function readyFrame({ accountId, name, role }: AccountActor, cursor: string): Buffer {
  return serialise({ type: 'ready', user: { id: accountId, name, role }, cursor });
}

export function eventFrame({ event, data, timestamp }: HomeEvent, cursor: string): Buffer {
  return serialise({ type: 'event', event, data, timestamp, cursor });
}

/** The same event frame with another cursor. */
export function withCursor(frame: Buffer, cursor: string): Buffer {
  return serialise({ ...(JSON.parse(frame.toString()) as object), cursor });
}

/** To a page that asks whether the connection lives: it can't see the pings of WebSocket itself. */
export const PONG_FRAME = serialise({ type: 'pong' });

export function resetFrame(cursor: string): Buffer {
  return serialise({ type: 'reset', cursor });
}
