import { systemClock } from '../../core/clock.ts';
import { addressLimit, isMemoryRefused } from '../../core/memory_limit.ts';
import { type HostTensor, sizeOf } from '../../core/tensor.ts';
import type { Graph } from '../../graph/types.ts';
import type { Availability, Engine, Program, Value } from '../contract.ts';
import { checkFeeds } from '../feeds.ts';
import { withoutRoom } from '../room.ts';
import { type Compiled, compiled } from './compiled.ts';
import { host, type Memory } from './host.ts';
import type { Place } from './program.ts';

/** Changes when graphs come to give other bytes. */
const emitterVersion = 3;

/** Graphs compiled to WebAssembly, in float32. */
export class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly precision = 'float32';
  readonly device = false;
  readonly oneThread = true;

  async availability(): Promise<Availability> {
    if (!host) return { usable: false, reason: 'this Node.js runs without WebAssembly (--jitless)' };
    try {
      new host.Memory({ initial: 1 });
    } catch (error) {
      const limit = addressLimit();
      return { usable: false, reason: `${(error as Error).message}${limit ? `; ${limit}` : ''}` };
    }
    return { usable: true, version: `compiler ${emitterVersion}` };
  }

  async compile(graph: Graph): Promise<Program> {
    try {
      return await WasmProgram.of(graph, await compiled(graph));
    } catch (cause) {
      if (isMemoryRefused(cause)) throw withoutRoom(this.name, graph, cause as Error);
      throw new Error(`the engine wasm cannot run this graph: ${(cause as Error).message}`, { cause });
    }
  }

  upload({ shape, data }: HostTensor, isGiven = false): Value {
    const content = data instanceof Float32Array && isGiven ? data : Float32Array.from(data);
    return new WasmValue([...shape], content);
  }

  async read(value: Value): Promise<HostTensor> {
    const { shape, content } = wasmValue(value);
    wasmValue(value).isShared = true;
    return { shape, data: content };
  }

  release(value: Value): void {
    wasmValue(value).release();
  }
}

/** Numbers outside of any module's memory. */
class WasmValue implements Value {
  readonly shape: readonly number[];
  /** Whether somebody may keep the numbers beyond its release. */
  isShared = false;
  #content: Float32Array | undefined;
  readonly #reuse: Reuse | undefined;

  /** @param reuse takes the numbers back when nobody needs them any more; absent for numbers of others */
  constructor(shape: readonly number[], content: Float32Array, reuse?: Reuse) {
    this.shape = shape;
    this.#content = content;
    this.#reuse = reuse;
  }

  get content(): Float32Array {
    if (!this.#content) throw new Error('a value that was released');
    return this.#content;
  }

  release(): void {
    if (!this.#reuse || this.isShared || !this.#content) return;
    this.#reuse(this.#content);
    this.#content = undefined;
  }
}

type Reuse = (numbers: Float32Array) => void;

function wasmValue(value: Value): WasmValue {
  if (value instanceof WasmValue) return value;
  throw new Error('a value that the wasm engine did not make');
}

const pageBytes = 1 << 16;

class WasmProgram implements Program {
  readonly #graph: Graph;
  readonly #compiled: Compiled;
  readonly #memory: Float32Array;
  readonly #run: () => void;
  /** Arrays of released results, by length: new ones cost more than what is computed. */
  readonly #spare = new Map<number, Float32Array[]>();
  readonly #reuse: Reuse = (numbers) => {
    const spare = this.#spare.get(numbers.length);
    if (spare) spare.push(numbers);
    else this.#spare.set(numbers.length, [numbers]);
  };

  private constructor(graph: Graph, compiled: Compiled, memory: Float32Array, run: () => void) {
    this.#graph = graph;
    this.#compiled = compiled;
    this.#memory = memory;
    this.#run = run;
  }

  static async of(graph: Graph, compiled: Compiled): Promise<WasmProgram> {
    const memory = memoryOf(compiled.memoryBytes);
    const { exports } = await host!.instantiate(compiled.module, { host: { memory } });
    const numbers = new Float32Array(memory.buffer);
    for (const { address, data } of compiled.constants) numbers.set(data, address / numbers.BYTES_PER_ELEMENT);
    exports.start();
    return new WasmProgram(graph, compiled, numbers, exports.run);
  }

  async run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Value>> {
    checkFeeds(this.#graph, feeds);
    // Runs follow each other without a pause: input and output get their turn between them.
    await systemClock.sleep(0);
    const { inputs, outputs } = this.#compiled;
    for (const [name, value] of Object.entries(feeds)) {
      const { content } = wasmValue(value);
      this.#memory.set(content, inputs[name]!.address / content.BYTES_PER_ELEMENT);
    }
    this.#run();
    return Object.fromEntries(Object.entries(outputs).map(([name, place]) => [name, this.#output(place)]));
  }

  async dispose(): Promise<void> {
    this.#spare.clear();
  }

  #output({ shape, address }: Place): Value {
    const start = address / this.#memory.BYTES_PER_ELEMENT;
    const size = sizeOf(shape);
    const numbers = this.#spare.get(size)?.pop() ?? new Float32Array(size);
    numbers.set(this.#memory.subarray(start, start + size));
    return new WasmValue(shape, numbers, this.#reuse);
  }
}

/** @throws RangeError where memory is refused */
function memoryOf(bytes: number): Memory {
  const pages = Math.ceil(bytes / pageBytes);
  // 32 bits address no more.
  if (pages > pageBytes) throw new RangeError(`out of memory: WebAssembly has 4 GiB, not ${bytes} bytes`);
  return new host!.Memory({ initial: pages });
}
