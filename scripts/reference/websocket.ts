import { OpenApiSchemas } from '../../src/adapters/http/openapi-schemas';
import { exampleOf } from '../../src/adapters/http/openapi-examples';
import { CLOSE, CLOSE_MEANINGS, CLOSE_TOO_LARGE } from '../../src/adapters/websocket/close-codes';
import {
  PING_EVERY_MS,
  SIGN_IN_WITHIN_MS,
  SILENT_MS,
} from '../../src/adapters/websocket/connection';
import { CLIENT_FRAMES, SERVER_FRAMES } from '../../src/adapters/websocket/frames';
import { SUB_PROTOCOL } from '../../src/adapters/websocket/handshake';
import { LIVE_LIMITS } from '../../src/adapters/websocket/live-home';
import { HOME_EVENTS } from '../../src/contract/events';
import type { z } from 'zod';
import { code, fields, json, table } from './markdown';

/** Every frame, event, limit and close code of the live end point. */
export function websocketReference(): string {
  return [
    `One JSON object a frame, as text. The first frame within ${SIGN_IN_WITHIN_MS / 1000} s signs in. A browser that cannot send one may give the token as the second sub-protocol: ${code(`Sec-WebSocket-Protocol: ${SUB_PROTOCOL}, <token>`)}. The token is never in the URL.`,
    'A frame of another type goes to the flow, if one listens (node `aurion-websocket`); what `aurion-response` answers comes back as `{"type":"answer","id":…,"status":200,"body":…}`, with the `id` of the frame.',
    '## What a page says',
    ...Object.entries(CLIENT_FRAMES).map(frame),
    '## What Aurion says',
    ...Object.entries(SERVER_FRAMES).map(frame),
    '## Events',
    ...Object.entries(HOME_EVENTS).map(([name, { about, data }]) => {
      return `### ${code(name)}\n\n${about}\n\n${shape(data)}`;
    }),
    '## Limits',
    table(
      ['What', 'How much'],
      [
        ['a frame', `${LIVE_LIMITS.frameBytes / 1024} KiB`],
        ['frames', `${LIVE_LIMITS.framesPerSecond} a second, ${LIVE_LIMITS.frameBurst} at once`],
        ['sockets of one account', String(LIVE_LIMITS.socketsPerAccount)],
        [
          'sockets that have not signed in',
          `${LIVE_LIMITS.strangers}; one more pushes out the oldest of the address that has most of them`,
        ],
        ['what waits for a page that reads slowly', `${LIVE_LIMITS.sendQueueBytes / 1024} KiB`],
        ['events kept for pages that come back', String(LIVE_LIMITS.replayEvents)],
        ['a ping', `every ${PING_EVERY_MS / 1000} s`],
        ['silence before the socket is let go', `${SILENT_MS / 1000} s`],
      ],
    ),
    '## Close codes',
    table(
      ['Code', 'Meaning'],
      Object.entries({ ...CLOSE, tooLarge: CLOSE_TOO_LARGE })
        .sort(([, a], [, b]) => a - b)
        .map(([name, number]) => [
          String(number),
          CLOSE_MEANINGS[name as keyof typeof CLOSE_MEANINGS],
        ]),
    ),
  ].join('\n\n');
}

function frame([type, { about, schema }]: [string, { about: string; schema: z.ZodType }]): string {
  return `### ${code(type)}\n\n${about}\n\n${shape(schema, false)}`;
}

function shape(schema: z.ZodType, withExample = true): string {
  const schemas = new OpenApiSchemas();
  const resolve = (each: Parameters<typeof exampleOf>[0]) => schemas.resolve(each);
  const read = schemas.read(schema, 'output', 'Frame');
  const example = withExample ? exampleOf(read, resolve) : undefined;
  return [fields(resolve(read)), ...(example === undefined ? [] : [json(example)])].join('\n\n');
}
