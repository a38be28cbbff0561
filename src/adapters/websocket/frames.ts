import type { RawData } from 'ws';
import { z } from 'zod';
import { AurionError } from '../../contract/errors';
import {
  eventDataIn,
  HOME_EVENT_NAMES,
  notification,
  type HomeEvent,
  type HomeEventName,
  type Notification,
} from '../../contract/events';
import type { Language, Text } from '../../contract/language';
import { ROLES } from '../../contract/role';
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

const cursor = z
  .string('cursor: a text is expected')
  .describe('of the last frame that had one; opaque');

const eventName = z.enum(HOME_EVENT_NAMES, {
  error: ({ input }) =>
    `Unknown event: ${typeof input === 'string' ? printable(input) : typeof input}`,
});

/** What Aurion understands of what clients say, by its `type`. */
export const CLIENT_FRAMES = {
  auth: {
    about: 'Signs in; the first frame. With a cursor it also resumes.',
    schema: z.object({
      type: z.literal('auth'),
      token: z.string().describe('as `POST /auth/login` gives it'),
      cursor: cursor.nullable().optional(),
    }),
  },
  subscribe: {
    about: 'Narrows to these events. Without it every event comes.',
    schema: z.object({
      type: z.literal('subscribe'),
      events: z.array(eventName, 'events: a list of event names is expected'),
    }),
  },
  resume: {
    about:
      'Asks for what was missed since the cursor: each event comes once, live ones may come before older ones.',
    schema: z.object({ type: z.literal('resume'), cursor }),
  },
  ping: {
    about: 'Asks whether the connection lives: a page cannot see the pings of WebSocket itself.',
    schema: z.object({ type: z.literal('ping') }),
  },
} as const;

/** What Aurion says, by its `type`. */
export const SERVER_FRAMES = {
  ready: {
    about: 'Signed in.',
    schema: z.object({
      type: z.literal('ready'),
      user: z
        .object({ id: z.int(), name: z.string(), role: z.enum(ROLES) })
        .describe('id, name and role'),
      cursor,
    }),
  },
  event: {
    about: 'Something happened in the home.',
    schema: z.object({
      type: z.literal('event'),
      event: eventName,
      data: z.unknown().describe('what the event carries, see below'),
      timestamp: z.iso.datetime(),
      cursor,
    }),
  },
  notification: {
    about: 'A text for people.',
    schema: z.object({ type: z.literal('notification'), ...notification.shape }),
  },
  reset: {
    about:
      'The answer to a cursor that is not known any more (Aurion was restarted, or more was missed than is kept): load anew, and go on from this cursor.',
    schema: z.object({ type: z.literal('reset'), cursor }),
  },
  pong: {
    about: 'The answer to `ping`.',
    schema: z.object({ type: z.literal('pong') }),
  },
} as const;

type ServerFrame = {
  [T in keyof typeof SERVER_FRAMES]: z.input<(typeof SERVER_FRAMES)[T]['schema']>;
};

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
      if (typeof fields['token'] !== 'string') throw new Breach(CLOSE.signInAgain, 'Token missing');
      const { token, cursor: since = null } = check('auth', fields);
      return { kind: 'auth', token, cursor: since };
    }
    case 'subscribe':
      return { kind: 'subscribe', events: new Set(check('subscribe', fields).events) };
    case 'resume':
      return { kind: 'resume', cursor: check('resume', fields).cursor };
    case 'ping':
      return { kind: 'ping' };
    default:
      return { kind: 'other', fields };
  }
}

function check<T extends keyof typeof CLIENT_FRAMES>(
  type: T,
  fields: FrameFields,
): z.output<(typeof CLIENT_FRAMES)[T]['schema']> {
  const { data, error } = CLIENT_FRAMES[type].schema.safeParse(fields);
  if (error) throw new Breach(CLOSE.againstRules, error.issues[0]?.message ?? '');
  return data as z.output<(typeof CLIENT_FRAMES)[T]['schema']>;
}

/** A frame as it goes over the wire: made once, sent to as many clients as want it. */
export function serialise(frame: object): Buffer {
  return Buffer.from(JSON.stringify(frame));
}

export function readyFrame({ accountId, name, role }: AccountActor, cursor: string): Buffer {
  const user = { id: accountId, name, role };
  return serialise({ type: 'ready', user, cursor } satisfies ServerFrame['ready']);
}

/** A frame for each language that clients read: the same one where nothing of it is text for people. */
export type Frames = Readonly<Record<Language, Buffer>>;

export function eventFrames(happened: HomeEvent, cursor: string): Frames {
  return inEach(happened.texts !== undefined, (language) => eventFrame(happened, language, cursor));
}

/** @param texts its message in each language */
export function notificationFrames(notification: Notification, texts?: Text): Frames {
  return inEach(texts !== undefined, (language) => {
    const message = texts?.[language] ?? notification.message;
    return serialise({
      type: 'notification',
      ...notification,
      message,
    } satisfies ServerFrame['notification']);
  });
}

function inEach(differ: boolean, make: (language: Language) => Buffer): Frames {
  const fr = make('fr');
  return { fr, en: differ ? make('en') : fr };
}

function eventFrame(happened: HomeEvent, language: Language, cursor: string): Buffer {
  const { event, timestamp } = happened;
  return serialise({
    type: 'event',
    event,
    data: eventDataIn(happened, language),
    timestamp,
    cursor,
  } satisfies ServerFrame['event']);
}

/** The same event frames with another cursor. */
export function withCursor({ fr, en }: Frames, cursor: string): Frames {
  return inEach(fr !== en, (language) => {
    const frame = JSON.parse((language === 'fr' ? fr : en).toString()) as object;
    return serialise({ ...frame, cursor });
  });
}

export const PONG_FRAME = serialise({ type: 'pong' } satisfies ServerFrame['pong']);

export function resetFrame(cursor: string): Buffer {
  return serialise({ type: 'reset', cursor } satisfies ServerFrame['reset']);
}
