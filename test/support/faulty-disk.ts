import { open, type FileHandle } from 'node:fs/promises';

type Write = (this: FileHandle, bytes: Buffer, ...rest: number[]) => Promise<unknown>;
type Flush = (this: FileHandle) => Promise<void>;

interface Handles {
  write: Write;
  datasync: Flush;
  sync: Flush;
}

/** Comes between this process and all its open files, until it is restored. */
export class FaultyDisk {
  /** Called before each step, and halfway through each write. */
  onStep: () => void = () => undefined;
  #handles: Handles | null = null;
  #real: Handles | null = null;
  #failsAfter = Infinity;

  /** The n-th step from now on fails as on a full disk, and each that follows. */
  failAt(step: number): void {
    this.#failsAfter = step - 1;
  }

  async watch(): Promise<void> {
    const file = await open(__filename);
    await file.close();
    const handles = Object.getPrototypeOf(file) as Handles;
    const { write, datasync, sync } = handles;
    this.#handles = handles;
    this.#real = { write, datasync, sync };
    this.#failsAfter = Infinity;
    const step = (): void => {
      this.onStep();
      this.#failsAfter -= 1;
      if (this.#failsAfter >= 0) return;
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    };
    const [before, halfway] = [() => step(), () => step()];
    handles.write = async function (bytes, offset = 0, length = bytes.length, position = 0) {
      before();
      const half = Math.floor(length / 2);
      await write.call(this, bytes, offset, half, position);
      halfway();
      await write.call(this, bytes, offset + half, length - half, position + half);
      return { bytesWritten: length };
    };
    for (const name of ['datasync', 'sync'] as const) {
      const real = handles[name];
      handles[name] = async function () {
        before();
        await real.call(this);
      };
    }
  }

  restore(): void {
    if (this.#handles && this.#real) Object.assign(this.#handles, this.#real);
    this.#handles = null;
    this.onStep = () => undefined;
  }
}
