/**
 * Puts an error's cause behind its stack: fast-check keeps there what failed, and what is told from one of
 * several jobs is the stack alone.
 */
export const mochaHooks = {
  afterEach(this: Mocha.Context): void {
    const error = this.currentTest?.err;
    if (!error || !(error.cause instanceof Error)) return;
    error.stack = `${error.stack ?? String(error)}\nCaused by: ${error.cause.stack ?? error.cause.message}`;
    delete error.cause;
  },
};
