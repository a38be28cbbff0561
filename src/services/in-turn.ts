/** Runs works of the same key one after the other, of different keys at the same time. */
export class InTurn<K> {
  private readonly lines = new Map<K, Promise<unknown>>();

  /** Resolves or rejects as `work` does, when those before it are done, however they ended. */
  run<T>(key: K, work: () => Promise<T>): Promise<T> {
    const before = this.lines.get(key) ?? Promise.resolve();
    const mine = before.then(work);
    const end = mine.then(
      () => undefined,
      () => undefined,
    );
    this.lines.set(key, end);
    void end.then(() => {
      if (this.lines.get(key) === end) this.lines.delete(key);
    });
    return mine;
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    while (this.lines.size > 0) await Promise.all(this.lines.values());
  }
}
