import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { AurionError } from '../../contract/errors';
import type { OperationDeclaration } from '../../contract/operation';
import { printable } from '../../contract/safe-input';

const BODY_BYTES_MAX = 100 * 1024;

/** JSON has no charset but UTF-8 (RFC 8259 §8.1); some say so all the same. */
const JSON_TYPE = /^\s*application\/json\s*(;(?!.*\bcharset=(?!"?utf-8"?\s*(;|$)))|$)/i;

/** What a decoder puts in the place of bytes that are no UTF-8. */
const UNDECODED = '\u{fffd}';

const parseJson = express.json({
  limit: BODY_BYTES_MAX,
  // A few bytes of gzip can hold gigabytes: compressed bodies are refused, not unpacked (S17).
  inflate: false,
  // The content type is checked here, where its error is ours.
  type: () => true,
  // A decoder would put a mark in the place of what is no UTF-8, and two texts would become one.
  verify: (_req, _res, body) => {
    if (!isUtf8(body)) throw new Error('not UTF-8');
  },
}) as (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * An operation's input as a request carries it: path fields, headers the operation asks for, and the
 * query (GET, DELETE) or body. Nothing is checked against the schema here.
 * @throws BODY_MALFORMED, BODY_TOO_LARGE, BODY_TYPE_UNSUPPORTED, INPUT_INVALID
 */
export async function readInput(
  operation: OperationDeclaration,
  req: IncomingMessage,
  res: ServerResponse,
  params: Readonly<Record<string, string>>,
): Promise<unknown> {
  const { method, headers = {} } = operation.rest;
  const carried = method === 'POST' || method === 'PUT' ? await readBody(req, res) : readQuery(req);
  if (typeof carried !== 'object' || carried === null || Array.isArray(carried)) return carried;

  const elsewhere: Record<string, unknown> = { ...params };
  for (const [field, header] of Object.entries(headers)) {
    const value = req.headers[header.toLowerCase()];
    if (value !== undefined) elsewhere[field] = value;
  }
  for (const field of [...Object.keys(params), ...Object.keys(headers)]) {
    if (Object.hasOwn(carried, field)) throw misplaced(field);
  }
  // Not by spread into a literal: `__proto__` must stay an own key for the check that refuses it.
  return Object.assign(Object.create(null) as object, carried, elsewhere);
}

async function readBody(req: IncomingMessage, res: ServerResponse): Promise<unknown> {
  const empty =
    req.headers['transfer-encoding'] === undefined && !Number(req.headers['content-length']);
  if (empty) return {};
  if (!JSON_TYPE.test(req.headers['content-type'] ?? '')) {
    throw new AurionError('BODY_TYPE_UNSUPPORTED');
  }
  await new Promise<void>((resolve, reject) => {
    parseJson(req, res, (error) => {
      if (error === undefined) resolve();
      else reject(bodyError(error));
    });
  });
  const withBody = req as IncomingMessage & { body?: unknown };
  const { body } = withBody;
  // It may hold a password, and nobody else has to see it.
  delete withBody.body;
  return body ?? {};
}

function bodyError(error: unknown): AurionError {
  const { type, status } = error as { type?: string; status?: number };
  if (type === 'entity.too.large') return new AurionError('BODY_TOO_LARGE', { cause: error });
  if (status === 415) return new AurionError('BODY_TYPE_UNSUPPORTED', { cause: error });
  return new AurionError('BODY_MALFORMED', { cause: error });
}

/** `a[$ne]=x` stays the key it is, and no key may stand twice (S1). */
function readQuery(req: IncomingMessage): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  const start = req.url?.indexOf('?') ?? -1;
  if (start < 0) return query;
  for (const [name, value] of new URLSearchParams(req.url?.slice(start + 1))) {
    if (Object.hasOwn(query, name)) throw repeated(name);
    if (`${name}${value}`.includes(UNDECODED)) throw undecoded(name);
    query[name] = value;
  }
  return query;
}

function undecoded(field: string): AurionError {
  return invalid(printable(field), { fr: 'n’est pas de l’UTF-8', en: 'is not UTF-8' });
}

function misplaced(field: string): AurionError {
  return invalid(field, {
    fr: 'se donne dans le chemin ou un en-tête',
    en: 'belongs into the path or a header',
  });
}

function repeated(field: string): AurionError {
  return invalid(field, { fr: 'donné deux fois', en: 'given twice' });
}

function invalid(field: string, problem: { fr: string; en: string }): AurionError {
  const path = field.slice(0, 64);
  return new AurionError('INPUT_INVALID', {
    params: { problem: { fr: `${path} – ${problem.fr}`, en: `${path} – ${problem.en}` } },
    details: (language) => [{ path, message: problem[language] }],
  });
}
