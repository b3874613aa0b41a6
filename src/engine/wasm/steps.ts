import { sizeOf } from '../../core/tensor.ts';
import { Code } from './code.ts';
import type { Storage, View } from './views.ts';

/** A call of a function with the places of what it reads and writes. */
export interface Step {
  readonly position: number;
  readonly places: readonly Pick<View, 'storage' | 'offset'>[];
}

/** Collects functions, one for each kind of work, and the calls of them. */
export class Steps {
  readonly functions: Code[] = [];
  /** Of every run. */
  readonly running: Step[] = [];
  /** Once, before the first run: what depends on constants alone. */
  readonly starting: Step[] = [];
  readonly storages = new Set<Storage>();
  readonly #positions = new Map<string, number>();

  storage(size: number, kind: Storage['kind']): Storage {
    const storage = { size, kind };
    this.storages.add(storage);
    return storage;
  }

  /**
   * Appends a call; what is read comes before what is written in the function's parameters.
   * @param work all that determines the function
   */
  call(
    work: readonly [name: string, ...details: unknown[]],
    { reads, writes }: { readonly reads: readonly View[]; readonly writes: readonly View[] },
    write: (code: Code) => void,
  ): void {
    const key = JSON.stringify(work);
    let position = this.#positions.get(key);
    if (position === undefined) {
      const code = new Code(reads.length + writes.length);
      write(code);
      position = this.functions.push(code) - 1;
      this.#positions.set(key, position);
    }
    const step = { position, places: [...reads, ...writes] };
    const isFixed = reads.every(({ storage }) => storage.kind === 'constant');
    // A place among others, some of which change, is written at every run.
    const isOwn = writes.every(({ storage, lengths }) => storage.size === sizeOf(lengths));
    if (!isFixed || !isOwn) return void this.running.push(step);
    this.starting.push(step);
    for (const { storage } of writes) storage.kind = 'constant';
  }
}
