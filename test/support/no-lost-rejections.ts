/** Fails the test during which a promise was rejected with nobody listening: in Node-RED it would end the process. */
const lost: unknown[] = [];

// mocha hears them too, and lets most of them pass.
process.on('unhandledRejection', (reason) => void lost.push(reason));

function assertNoneLost(): void {
  const reasons = [...new Set(lost.splice(0))];
  if (reasons.length === 0) return;
  throw new Error(`rejected with nobody listening: ${reasons.map(String).join('; ')}`, {
    cause: reasons[0],
  });
}

export const mochaHooks = { afterEach: assertNoneLost, afterAll: assertNoneLost };
