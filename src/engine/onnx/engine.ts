import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { freeNumbers } from '../../core/free_numbers.ts';
import { addressLimit, isMemoryRefused } from '../../core/memory_limit.ts';
import type { HostTensor } from '../../core/tensor.ts';
import { type Graph, lengths } from '../../graph/types.ts';
import type { Availability, CompileOptions, Engine, EngineName, Program, Value } from '../contract.ts';
import { checkFeeds } from '../feeds.ts';
import { withoutRoom } from '../room.ts';
import { lower } from './lower.ts';
import { inputName, outputName } from './lowerings.ts';
import { operationsThat } from './operation_kinds.ts';
import { type Provider, sessionOptions } from './provider.ts';
import { DeviceReader } from './reader.ts';
import { loadRuntime, type Runtime } from './runtime.ts';
import { tryProvider } from './trial.ts';

/** An engine that runs graphs in float32 with ONNX Runtime. */
export class OnnxEngine implements Engine {
  readonly precision = 'float32';
  readonly #provider: Provider;
  #reader: Promise<DeviceReader> | undefined;

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  get name(): EngineName {
    return this.#provider.name;
  }

  get device(): boolean {
    return this.#provider.device;
  }

  async availability(): Promise<Availability> {
    const provider = this.#provider;
    const loaded = await loadedVersion();
    if (!('version' in loaded)) return { usable: false, ...loaded };
    if (!provider.device) return { usable: true, ...loaded };
    const reason = provider.obstacle?.() ?? (await tryProvider(provider));
    if (reason !== undefined) return { usable: false, reason };
    const [adapter, ...otherAdapters] = (await provider.adapters?.()) ?? [];
    const others = otherAdapters.length > 0 && { otherAdapters };
    return { usable: true, ...loaded, ...(adapter !== undefined && { adapter }), ...others };
  }

  async compile(graph: Graph, options: CompileOptions = {}): Promise<Program> {
    const runtime = await loadRuntime();
    try {
      if (this.#provider.residence) await this.#openReader();
      const session = await openSession(runtime, this.#provider, graph, options);
      return new OnnxProgram(this.name, runtime, graph, session);
    } catch (cause) {
      if (isWithoutRoom(cause as Error)) throw withoutRoom(this.name, graph, cause as Error);
      throw new Error(`the engine ${this.name} cannot run this graph: ${(cause as Error).message}`, { cause });
    }
  }

  upload({ shape, data }: HostTensor, isGiven = false): Value {
    if (data instanceof Float32Array && isGiven) return new OnnxValue([...shape], data);
    // A slice takes an eighth of the time of a conversion.
    const copy = data instanceof Float32Array ? data.slice() : Float32Array.from(data);
    return new OnnxValue([...shape], copy);
  }

  async read(value: Value): Promise<HostTensor> {
    const { shape, content } = onnxValue(value);
    if (content instanceof Float32Array) {
      onnxValue(value).isRead = true;
      return { shape, data: content };
    }
    return { shape, data: await (await this.#openReader()).read(content) };
  }

  release(value: Value): void {
    onnxValue(value).release();
  }

  /** Open for good: with the last session on a device ONNX Runtime gives the device up. */
  #openReader(): Promise<DeviceReader> {
    this.#reader ??= DeviceReader.open(this.#provider);
    return this.#reader;
  }
}

async function loadedVersion(): Promise<{ version: string } | { reason: string }> {
  try {
    const { env } = await loadRuntime();
    return { version: `ONNX Runtime ${env.versions.node}` };
  } catch (error) {
    const [cause] = String(error instanceof Error ? error.message : error).split('\n');
    const machine = `${process.platform} ${process.arch}`;
    const limit = isMemoryRefused(error) && addressLimit();
    return { reason: `ONNX Runtime's library does not load on ${machine}: ${cause}${limit ? `; ${limit}` : ''}` };
  }
}

/** @throws Error naming the operations that the provider would leave to the processor */
async function openSession(
  runtime: Runtime,
  provider: Provider,
  graph: Graph,
  options: CompileOptions,
): Promise<InferenceSession> {
  const create = (part: Graph) =>
    runtime.InferenceSession.create(lower(part, provider), sessionOptions(provider, options));
  try {
    return await create(graph);
  } catch (error) {
    if (!/fallback to CPU EP has been explicitly disabled/.test((error as Error).message)) throw error;
    const without = await operationsThat(graph, async (part) => {
      const refused = await create(part).then(
        (session) => session.release(),
        () => true,
      );
      return refused === true;
    });
    throw new Error(`it has no way to compute ${without.join(', ') || 'some of it'}`, { cause: error });
  }
}

/** Float32 numbers in main memory, or a tensor on a device. */
class OnnxValue implements Value {
  readonly shape: readonly number[];
  /** Whether somebody may keep the numbers beyond its release. */
  isRead = false;
  readonly #content: Float32Array | Tensor;
  #onRelease: (() => void) | undefined;
  #released = false;

  /** @param onRelease frees the tensor; absent for numbers of others */
  constructor(shape: readonly number[], content: Float32Array | Tensor, onRelease?: () => void) {
    this.shape = shape;
    this.#content = content;
    this.#onRelease = onRelease;
  }

  get content(): Float32Array | Tensor {
    if (this.#released) throw new Error('a value that was released');
    return this.#content;
  }

  release(): void {
    if (!this.#onRelease) return;
    this.#released = true;
    this.#onRelease();
    this.#onRelease = undefined;
  }
}

/** Numbers that a run gave: their memory is given back when they are released, unless somebody has read them. */
function ownValue(shape: readonly number[], numbers: Float32Array): Value {
  const value = new OnnxValue(shape, numbers, () => {
    if (!value.isRead) freeNumbers(numbers);
  });
  return value;
}

function onnxValue(value: Value): OnnxValue {
  if (value instanceof OnnxValue) return value;
  throw new Error('a value that an ONNX Runtime engine did not make');
}

/** Whether memory gave out: a buffer that could not be made only shows when it is used. */
const isWithoutRoom = (error: Error): boolean => error.message.includes('[Invalid Buffer') || isMemoryRefused(error);

/**
 * Programs with values on a device. A value that is freed after the session that made it crashes ONNX Runtime, so
 * sessions stay open, out of reach of the garbage collector, until all their values are released.
 */
const holding = new Set<OnnxProgram>();

class OnnxProgram implements Program {
  readonly #name: EngineName;
  readonly #runtime: Runtime;
  readonly #graph: Graph;
  readonly #session: InferenceSession;
  /** Values on the device that are not released. */
  #held = 0;
  #disposed = false;

  constructor(name: EngineName, runtime: Runtime, graph: Graph, session: InferenceSession) {
    this.#name = name;
    this.#runtime = runtime;
    this.#graph = graph;
    this.#session = session;
  }

  async run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Value>> {
    checkFeeds(this.#graph, feeds);
    const tensors = Object.entries(feeds).map(([name, value]) => [inputName(name), this.#tensor(value)]);
    const results = await this.#session.run(Object.fromEntries(tensors)).catch((error: Error) => {
      throw isWithoutRoom(error) ? withoutRoom(this.#name, this.#graph, error) : error;
    });
    const outputs = Object.entries(this.#graph.outputs).map(([name, position]): [string, Value] => {
      const tensor = results[outputName(name)]!;
      const shape = lengths(this.#graph.nodes[position]!.shape);
      return [
        name,
        tensor.location === 'cpu' ? ownValue(shape, tensor.data as Float32Array) : this.#hold(shape, tensor),
      ];
    });
    return Object.fromEntries(outputs);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#close();
  }

  #hold(shape: readonly number[], tensor: Tensor): Value {
    this.#held++;
    holding.add(this);
    return new OnnxValue(shape, tensor, () => {
      tensor.dispose();
      this.#held--;
      void this.#close();
    });
  }

  async #close(): Promise<void> {
    if (this.#held > 0) return;
    holding.delete(this);
    if (this.#disposed) await this.#session.release();
  }

  #tensor(value: Value): Tensor {
    const { shape, content } = onnxValue(value);
    return content instanceof Float32Array ? new this.#runtime.Tensor('float32', content, shape) : content;
  }
}
