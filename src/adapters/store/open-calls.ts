import { AurionError } from '../../contract/errors';

/** Lets calls through until it is closed, and knows those under way. */
export class OpenCalls {
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  /** Prepares at once, since the caller may change what it handed in, and then runs. @throws STORE_UNAVAILABLE once closed */
  async run<I, T>(prepare: () => I, call: (input: I) => Promise<T>): Promise<T> {
    if (this.#closed !== null) throw new AurionError('STORE_UNAVAILABLE');
    const result = call(prepare());
    this.#underWay.add(result);
    try {
      return await result;
    } finally {
      this.#underWay.delete(result);
    }
  }

  /** Refuses further calls, waits for those under way, and then lets go. May be called again. */
  close(letGo: () => Promise<void>): Promise<void> {
    return (this.#closed ??= Promise.allSettled([...this.#underWay]).then(letGo));
  }
}
