/**
 * Keeps what the sidebar shows as new as what the home says: asks anew for what may have changed, only
 * while somebody looks, each thing one at a time, and never more than half of the time.
 */

const UNASKED = { isStale: false, isAsking: false, notBeforeMs: 0, timer: null };

/** A thing to keep new. Answers of an earlier round are of another home. */
function thingOf(pauseMs) {
  return { ...UNASKED, pauseMs, round: 0 };
}

export class Feed {
  #things;
  #ask;
  #hear;
  #clock;
  #isWatched = false;

  /**
   * @param pauses the things there are, each with how long to wait between two asks, in ms
   * @param ask gives a promise of a thing; it may reject with a text to show
   * @param hear told of each answer as `{name, answer}` or `{name, refusal}`
   */
  constructor({ pauses, ask, hear, clock = browserClock }) {
    this.#ask = ask;
    this.#hear = hear;
    this.#clock = clock;
    this.#things = new Map(
      Object.entries(pauses).map(([name, pauseMs]) => [name, thingOf(pauseMs)]),
    );
  }

  get isWatched() {
    return this.#isWatched;
  }

  /** Somebody looks, or nobody does any more: then nothing is asked. */
  watch(isWatched) {
    this.#isWatched = isWatched;
    if (isWatched) for (const name of this.#things.keys()) this.#go(name);
  }

  /** These may have changed. Unnamed: everything. */
  stale(...names) {
    for (const name of names.length > 0 ? names : this.#things.keys()) {
      const thing = this.#things.get(name);
      if (!thing) continue;
      thing.isStale = true;
      this.#go(name);
    }
  }

  /** Forgets everything but these: what is asked now is of another home. */
  reset(...kept) {
    for (const [name, thing] of this.#things) {
      if (kept.includes(name)) continue;
      this.#clock.clear(thing.timer);
      Object.assign(thing, UNASKED, { round: thing.round + 1 });
    }
  }

  #go(name) {
    const thing = this.#things.get(name);
    if (!this.#isWatched || !thing.isStale || thing.isAsking || thing.timer !== null) return;
    const waitMs = thing.notBeforeMs - this.#clock.now();
    if (waitMs <= 0) {
      this.#askNow(name, thing);
      return;
    }
    thing.timer = this.#clock.later(() => {
      thing.timer = null;
      this.#go(name);
    }, waitMs);
  }

  async #askNow(name, thing) {
    const { round } = thing;
    const startedMs = this.#clock.now();
    Object.assign(thing, { isStale: false, isAsking: true });
    const told = await this.#ask(name).then(
      (answer) => ({ name, answer }),
      (refusal) => ({ name, refusal: String(refusal) }),
    );
    if (round !== thing.round) return;
    const nowMs = this.#clock.now();
    const pauseMs = Math.max(thing.pauseMs, nowMs - startedMs);
    Object.assign(thing, { isAsking: false, notBeforeMs: nowMs + pauseMs });
    this.#hear(told);
    this.#go(name);
  }
}

const browserClock = {
  now: () => performance.now(),
  later: (callback, delayMs) => setTimeout(callback, delayMs),
  clear: (timer) => clearTimeout(timer),
};
