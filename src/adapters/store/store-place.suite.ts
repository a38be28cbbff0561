import type { Store } from '../../ports/store';

/** Where stores keep their rows: a folder, a database. Empty when it is made. */
export interface StorePlace {
  /** Opens the store of one home there; after a `close` again, with the same rows. */
  open(home: string): Promise<Store>;
  /** Removes the place with all that is in it. All its stores are closed. */
  remove(): Promise<void>;
}
