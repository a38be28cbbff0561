import type { Turn } from '../domain/intake/arrival';
import { submittedText, type Submission } from '../domain/intake/submission';
import type { Message } from '../ports/message-link';

/** Something that came in: over MQTT, or said by REST or a flow. */
export type Incoming = Message | Submission;

export function isMessage(incoming: Incoming): incoming is Message {
  return 'payload' in incoming;
}

/** When it came in, and in which order. */
type Came = Turn & { readonly at: number };

const RETAINED = 1;
const DUPLICATE = 2;
const SUBMITTED = 4;
const SHOWN_ONLY = 8;
/** Beside `DUPLICATE`, as which versions that don't know it read it. */
const PERHAPS = 16;

type Fields = [
  at: number,
  flags: number,
  subject: string,
  text: string,
  nth?: number,
  latestMs?: number,
];

/**
 * What the journal keeps of what came in: arrival, flags (among them whether it is shown only), topic (or `<kind>/<id>`), payload, place in its
 * millisecond, and the latest time the clock had shown if it was set back; one line of JSON. Bytes that
 * are no UTF-8 are kept as U+FFFD, as which they were read.
 */
export function encodeRecord(
  { at, nth, latestMs }: Came,
  incoming: Incoming,
  shownOnly = false,
): string {
  const told = shownOnly ? SHOWN_ONLY : 0;
  const order = latestMs === at ? [nth] : [nth, latestMs];
  if (!isMessage(incoming)) {
    const subject = `${incoming.kind}/${incoming.id}`;
    return JSON.stringify([at, SUBMITTED + told, subject, submittedText(incoming), ...order]);
  }
  const { topic, payload, retained, duplicate } = incoming;
  const flags = (retained ? RETAINED : 0) + duplicateFlags(duplicate) + told;
  return JSON.stringify([at, flags, topic, payload.toString(), ...order]);
}

function duplicateFlags(duplicate: Message['duplicate']): number {
  if (duplicate === 'perhaps') return DUPLICATE + PERHAPS;
  return duplicate ? DUPLICATE : 0;
}

export function decodeRecord(record: string): {
  came: Came;
  incoming: Incoming;
  shownOnly: boolean;
} {
  const [at, flags, subject, text, nth = 0, latestMs = at] = JSON.parse(record) as Fields;
  const came = { at, nth, latestMs };
  const shownOnly = (flags & SHOWN_ONLY) !== 0;
  if ((flags & SUBMITTED) !== 0) {
    const [kind, id] = subject.split('/') as [Submission['kind'], string];
    const said = JSON.parse(text) as Record<string, unknown>;
    return { came, incoming: { kind, id: Number(id), said }, shownOnly };
  }
  const incoming = {
    topic: subject,
    payload: Buffer.from(text),
    retained: (flags & RETAINED) !== 0,
    duplicate: (flags & PERHAPS) !== 0 ? ('perhaps' as const) : (flags & DUPLICATE) !== 0,
  };
  return { came, incoming, shownOnly };
}
