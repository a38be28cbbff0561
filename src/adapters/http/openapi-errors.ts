import { ERRORS, type ErrorCode } from '../../contract/errors';
import type { Text } from '../../contract/language';
import type { OperationDeclaration } from '../../contract/operation';
import type { Json } from './openapi-schemas';

const EVERY_OPERATION: readonly ErrorCode[] = [
  'INPUT_INVALID',
  'INPUT_KEY_FORBIDDEN',
  'OPERATION_NOT_OPEN',
  'RATE_EXCEEDED',
  'REQUEST_LOST',
  'SERVICE_RESTARTING',
  'SERVICE_UNAVAILABLE',
  'STORE_UNAVAILABLE',
  'INTERNAL_ERROR',
];
const WITH_TOKEN: readonly ErrorCode[] = [
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'SESSION_EXPIRED',
  'ACCOUNT_NOT_FOUND',
];
const WITH_BODY: readonly ErrorCode[] = [
  'INPUT_TOO_DEEP',
  'BODY_MALFORMED',
  'BODY_TOO_LARGE',
  'BODY_TIMEOUT',
  'BODY_TYPE_UNSUPPORTED',
];

const RETRY_STATUSES: readonly number[] = [429, 503];
const REQUEST_ID = '7d3f3f0e-6c0b-4b57-9d43-0d1f1c1f6a52';
const CODES = Object.keys(ERRORS) as ErrorCode[];

/** The body of every error answer. */
export const ERROR_SCHEMA: Json = {
  type: 'object',
  description: 'What every error answers.',
  properties: {
    message: { type: 'string', description: 'for people, in their language' },
    code: { type: 'string', pattern: '^[A-Z][A-Z0-9_]*$', description: 'for programs, stable' },
    requestId: { type: 'string', format: 'uuid', description: 'as in the header X-Request-Id' },
    details: {
      type: 'array',
      description: 'what is wrong with the input',
      items: {
        type: 'object',
        properties: {
          path: { type: 'string', description: '`password`, `days.0`; empty for all of it' },
          message: { type: 'string' },
        },
        required: ['path', 'message'],
      },
    },
  },
  required: ['message', 'code', 'requestId'],
};

/** Headers that answers have, as components. */
export const HEADERS: Json = {
  RequestId: {
    description: 'names this request in logs and errors',
    schema: { type: 'string', format: 'uuid' },
  },
  RetryAfter: {
    description: 'when to try again, in seconds; not always given',
    schema: { type: 'integer', minimum: 0 },
  },
};

/** The header every answer has. */
export const REQUEST_ID_HEADER: Json = {
  'X-Request-Id': { $ref: '#/components/headers/RequestId' },
};
const RETRY_HEADER: Json = { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } };

/** True where requests carry a body that is read. */
export function hasBody({ method }: OperationDeclaration['rest']): boolean {
  return method === 'POST' || method === 'PUT';
}

/** Every code the operation can answer with over REST, its own and the common ones, in the catalogue's order. */
export function errorsOf(operation: OperationDeclaration): readonly ErrorCode[] {
  const { role, rest, errors, readOnly } = operation;
  const possible = new Set<ErrorCode>([
    ...errors,
    ...EVERY_OPERATION,
    ...(role === 'public' ? [] : WITH_TOKEN),
    // There is no role below guest that could be refused.
    ...(role === 'user' || role === 'admin' ? (['ACCESS_DENIED'] as const) : []),
    ...(hasBody(rest) ? WITH_BODY : []),
    ...(readOnly ? [] : (['STORE_FULL'] as const)),
  ]);
  return CODES.filter((code) => possible.has(code));
}

/** The error answers of a document: one component for each set of codes that share a status. */
export class OpenApiErrors {
  private readonly responses = new Map<string, Json>();
  private readonly used = new Set<ErrorCode>();

  /** References to the operation's error answers, by status. */
  of(operation: OperationDeclaration): Json {
    return this.answersOf(errorsOf(operation));
  }

  /** References to the error answers of these codes, by status. */
  answersOf(possible: readonly ErrorCode[]): Json {
    const statuses = [...new Set(possible.map((code) => ERRORS[code].status))];
    const references = statuses.map((status) => {
      const codes = possible.filter((code) => ERRORS[code].status === status);
      // The codes are the name, so that an operation shows what it can fail with.
      const name = codes.join('.');
      this.responses.set(name, responseOf(status, codes));
      codes.forEach((code) => this.used.add(code));
      return [status, { $ref: `#/components/responses/${name}` }];
    });
    return Object.fromEntries(references) as Json;
  }

  /** The components that what `of` gave refers to. */
  components(): { readonly responses: Json; readonly examples: Json } {
    const responses = [...this.responses].sort(([a], [b]) => (a < b ? -1 : 1));
    const codes = CODES.filter((code) => this.used.has(code));
    return {
      responses: Object.fromEntries(responses),
      examples: Object.fromEntries(codes.map((code) => [code, exampleOf(code)])),
    };
  }
}

function responseOf(status: number, codes: readonly ErrorCode[]): Json {
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]);
  return {
    description: {
      fr: codes.map((code) => `- \`${code}\` : ${ERRORS[code].fr}`).join('\n'),
      en: codes.map((code) => `- \`${code}\`: ${ERRORS[code].en}`).join('\n'),
    },
    headers: { ...REQUEST_ID_HEADER, ...(RETRY_STATUSES.includes(status) ? RETRY_HEADER : {}) },
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Error' },
        examples: Object.fromEntries(examples) as Json,
      },
    },
  };
}

function exampleOf(code: ErrorCode): Json {
  const message = errorText(code);
  return { summary: message, value: { message, code, requestId: REQUEST_ID } };
}

/** The words of an error, without its status. */
export function errorText(code: ErrorCode): Text {
  const { fr, en } = ERRORS[code];
  return { fr, en };
}
