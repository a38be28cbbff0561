/** Who listens to what. A listener that throws harms no other: its error goes to the console, as from any event handler. */
export class Listeners<L extends { readonly [N in keyof L]: (...args: never[]) => void }> {
  private readonly lists = new Map<keyof L, Set<L[keyof L]>>();

  /** @returns what ends the listening */
  add<N extends keyof L>(name: N, listener: L[N]): () => void {
    const list = this.lists.get(name) ?? new Set();
    this.lists.set(name, list.add(listener));
    return () => list.delete(listener);
  }

  tell<N extends keyof L>(name: N, ...args: Parameters<L[N]>): void {
    for (const listener of [...(this.lists.get(name) ?? [])]) {
      try {
        listener(...args);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.lists.clear();
  }
}
