import { storeFailure, WriteFailure } from '../../files/failure';

/** What a queue's tasks read and write. */
export interface Committable {
  /** Makes what the tasks since the last commit wrote last. @throws WriteFailure */
  commit(): Promise<void>;
  /** Undoes what the tasks since the last commit wrote. */
  rollback(): Promise<void>;
  /** A moment when nobody waits: the place for upkeep. Does not reject. */
  tidy(): Promise<void>;
}

interface Task {
  run(): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Somebody who wants the target to himself: resolves when he is done with it. */
type Hold = () => Promise<void>;

/** Bounds how long the first of a batch waits for the last. */
const BATCH_MAX = 500;

/**
 * Runs tasks one after the other, so that one can look and then write, and commits those that came
 * in meanwhile together: many writes share one flush to the disk. A task's promise settles after
 * the commit, so nobody is told of a write, his own or another's, that a power cut could undo.
 */
export class CommitQueue {
  readonly #waiting: (Task | Hold)[] = [];
  #draining: Promise<void> | null = null;

  constructor(private readonly target: Committable) {}

  run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#add({ run: task, resolve, reject });
    });
  }

  /** Resolves when all that came before is committed. What comes after waits until the target is let go. @returns lets it go */
  hold(): Promise<() => void> {
    return new Promise((resolve) => {
      this.#add(() => new Promise((letGo) => resolve(letGo)));
    });
  }

  /** Resolves when all tasks have settled. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  #add(one: Task | Hold): void {
    this.#waiting.push(one);
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // So that all that is asked for in the same turn is one batch.
    await Promise.resolve();
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (typeof next === 'function') {
        this.#waiting.shift();
        await next();
      } else {
        await this.#runBatch(this.#nextBatch());
      }
      await this.target.tidy();
    }
    this.#draining = null;
  }

  /** The tasks up to the next hold. */
  #nextBatch(): Task[] {
    const batch: Task[] = [];
    for (const one of this.#waiting) {
      if (typeof one === 'function' || batch.length === BATCH_MAX) break;
      batch.push(one);
    }
    this.#waiting.splice(0, batch.length);
    return batch;
  }

  async #runBatch(batch: readonly Task[]): Promise<void> {
    const failure = await this.#attempt(batch);
    // One that the disk does not take must not fail those it happened to share a batch with.
    if (failure !== null && batch.length > 1) {
      for (const task of batch) await this.#attemptAlone(task);
    } else if (failure !== null) {
      batch[0]?.reject(storeFailure(failure));
    }
  }

  async #attemptAlone(task: Task): Promise<void> {
    const failure = await this.#attempt([task]);
    if (failure !== null) task.reject(storeFailure(failure));
  }

  /** Settles all tasks of the batch, or none and gives the reason. */
  async #attempt(batch: readonly Task[]): Promise<WriteFailure | null> {
    const settle: (() => void)[] = [];
    try {
      for (const task of batch) settle.push(await outcomeOf(task));
      await this.target.commit();
    } catch (failure) {
      await this.target.rollback();
      return failure instanceof WriteFailure ? failure : new WriteFailure('The store', failure);
    }
    for (const tell of settle) tell();
    return null;
  }
}

/** How to settle the task. What it threw is its answer, unless the disk failed it. */
async function outcomeOf(task: Task): Promise<() => void> {
  try {
    const value = await task.run();
    return () => task.resolve(value);
  } catch (error) {
    if (error instanceof WriteFailure) throw error;
    return () => task.reject(error);
  }
}
