import type { Store } from '../ports/store';

/**
 * A text that is made the first time it is asked for and stays: kept in the store by
 * insert-if-absent, so that restarts and other processes get the same.
 */
export async function madeOnce(store: Store, id: string, make: () => string): Promise<string> {
  const found = await store.settings.get(id);
  const { value } = found ?? (await store.settings.insertIfAbsent({ id, value: make() })).row;
  if (typeof value !== 'string') throw new TypeError(`setting ${id} is no text`);
  return value;
}
