import { UniqueConflict } from '../ports/store';

/** Does it once more if another process added the same row in between: then it is there to be changed. */
export async function againOnConflict<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UniqueConflict)) throw error;
    return work();
  }
}
