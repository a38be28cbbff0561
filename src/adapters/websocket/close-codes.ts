/** Sent by `ws` itself. */
export const CLOSE_TOO_LARGE = 1009;

/** Why Aurion closes a socket. Public API, beside `CLOSE_TOO_LARGE`. */
export const CLOSE = {
  goingAway: 1001,
  binary: 1003,
  notJson: 1007,
  againstRules: 1008,
  internalError: 1011,
  /** Aurion can't look at the token just now (its store is away): the page keeps its token and comes back. */
  tryLater: 1013,
  signInAgain: 4401,
  tooMany: 4429,
} as const;

/** The codes that sockets end with, for counters: ours, and `1000` normal, `1005` none, `1006` torn off, `1009` too large. */
const COUNTED: ReadonlySet<number> = new Set([...Object.values(CLOSE), 1000, 1005, 1006, 1009]);

/** A close code as a counter names it; whatever else a client makes up is `other`. */
export function countedCode(code: number): string {
  return COUNTED.has(code) ? String(code) : 'other';
}

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** What each code tells the page. */
export const CLOSE_MEANINGS: Readonly<Record<keyof typeof CLOSE | 'tooLarge', string>> = {
  goingAway: 'Aurion stops or restarts: come back.',
  binary: 'A binary frame; only text is understood.',
  notJson: 'A frame that is not JSON.',
  againstRules:
    'Against the rules; the reason says which: not an object, an unknown type or event, …',
  tooLarge: 'A frame larger than allowed.',
  internalError: 'An error inside; the log has it.',
  tryLater: 'Aurion can’t look at the token just now: keep it and come back.',
  signInAgain: 'No sign-in in time, or the session is over: sign in again.',
  tooMany: 'Too many frames, or too many sockets of one account.',
};

/** What a client did wrong, as the code and the reason its socket is closed with. */
export class Breach extends Error {
  override readonly name = 'Breach';

  constructor(
    readonly code: CloseCode,
    reason: string,
  ) {
    super(reason);
  }
}
