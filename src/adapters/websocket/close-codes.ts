/** Why Aurion closes a socket. Public API, beside 1009 (too large), which `ws` itself sends. */
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

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

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
