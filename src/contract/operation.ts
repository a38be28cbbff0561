import type { z } from 'zod';
import type { Actor } from './actor';
import type { ErrorCode } from './errors';
import type { Language, Text } from './language';
import type { RequiredRole } from './role';

/** The groups a flow opens operations in; one tab of the full-backend flow each. */
export const OPERATION_GROUPS = ['accounts', 'devices', 'security', 'energy', 'settings'] as const;

export type OperationGroup = (typeof OPERATION_GROUPS)[number];

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface RestDeclaration {
  readonly method: HttpMethod;
  /** Below the base path, with `:name` for input fields: `/devices/:id`. */
  readonly path: string;
  /** What REST answers when it went well, default 200. */
  readonly status?: 200 | 201 | 204;
  /** What the answer is, if not JSON: a text of this type, such as `text/csv; charset=utf-8`. */
  readonly contentType?: string;
  /** What a browser calls the answer when it saves it. */
  readonly fileName?: string;
  /** Input fields that come from headers: `{ setupCode: 'X-Aurion-Setup-Code' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a list that is paged: what the next page's `cursor` is, sent as `X-Next-Cursor`; null on the last page. */
  readonly nextCursor?: (answer: unknown, input: unknown) => string | null;
}

/** Everything about an operation but the function that does it: what REST, docs, dialogs and checks are made from. */
export interface OperationDeclaration {
  /** `<group's noun>.<verb>`: `devices.toggle`. Public API. */
  readonly id: string;
  readonly group: OperationGroup;
  readonly role: RequiredRole;
  readonly summary: Text;
  readonly input: z.ZodObject;
  readonly answer: z.ZodType;
  /** What it can fail with, beside what every operation can (bad input, no right, store away). */
  readonly errors: readonly ErrorCode[];
  readonly rest: RestDeclaration;
  /** Reads only: not audited, and safe to try again. */
  readonly readOnly: boolean;
  /** False: what it takes in comes too often to be told in the audit. */
  readonly audited?: false;
  /** Its input is a message of a device, sensor or meter: a flow may give it as JSON text or bytes, too. */
  readonly takesMessage?: boolean;
  /** Hashes a password: a fifth of a second of a processor each, so that only a few are taken in at once. */
  readonly hashes?: true;
  /** Makes devices do something: limited by a rate of its own. */
  readonly commands?: boolean;
}

/** Where a call came from, as far as an operation may ask. */
export interface Origin {
  /** From a program on this machine, with nothing in between that could forward for someone else. */
  readonly loopback: boolean;
  readonly address: string | null;
}

/** The circumstances of one call of an operation. */
export interface Call {
  readonly actor: Actor | null;
  readonly requestId: string;
  readonly origin: Origin;
  /** What the caller reads; without it, the home's. */
  readonly language?: Language;
}

/** A call as the operation that runs sees it. */
export interface RunningCall extends Call {
  readonly language: Language;
  /** Says for the audit what this call is about, where the input's or answer's `id` does not: `account:3`. */
  readonly about: (target: string) => void;
}

/** The origin of what a flow or the editor starts by itself. */
export const INSIDE: Origin = { loopback: false, address: null };
