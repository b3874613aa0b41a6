import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { HostTensor } from '../../core/tensor.ts';
import { type Graph, lengths } from '../../graph/types.ts';
import type { Availability, CompileOptions, Engine, EngineName, Program, Value } from '../contract.ts';
import { checkFeeds } from '../feeds.ts';
import { lower } from './lower.ts';
import { inputName, outputName } from './lowerings.ts';
import { loadRuntime, type Runtime } from './runtime.ts';

/** Where ONNX Runtime computes. */
export interface Provider {
  readonly name: EngineName;
  readonly executionProvider: InferenceSession.ExecutionProviderConfig;
  /** Where outputs that are fed back can stay; without it they come to main memory. */
  readonly residence?: Tensor.DataLocation;
}

/** An engine that runs graphs in float32 with ONNX Runtime. */
export class OnnxEngine implements Engine {
  readonly precision = 'float32';
  readonly #provider: Provider;

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  get name(): EngineName {
    return this.#provider.name;
  }

  async availability(): Promise<Availability> {
    try {
      const { env } = await loadRuntime();
      return { usable: true, version: `ONNX Runtime ${env.versions.node}` };
    } catch (error) {
      const [cause] = String(error instanceof Error ? error.message : error).split('\n');
      const machine = `${process.platform} ${process.arch}`;
      return { usable: false, reason: `ONNX Runtime's library does not load on ${machine}: ${cause}` };
    }
  }

  async compile(graph: Graph, options: CompileOptions = {}): Promise<Program> {
    const runtime = await loadRuntime();
    const model = lower(graph);
    try {
      const session = await runtime.InferenceSession.create(model, sessionOptions(this.#provider, options));
      return new OnnxProgram(runtime, graph, session);
    } catch (cause) {
      throw new Error(`the engine ${this.name} cannot run this graph: ${(cause as Error).message}`, { cause });
    }
  }

  upload({ shape, data }: HostTensor): Value {
    return new OnnxValue([...shape], Float32Array.from(data));
  }

  async read(value: Value): Promise<HostTensor> {
    const { shape, content } = onnxValue(value);
    return { shape, data: content instanceof Float32Array ? content : ((await content.getData()) as Float32Array) };
  }

  release(value: Value): void {
    const { content } = onnxValue(value);
    if (!(content instanceof Float32Array)) content.dispose();
  }
}

/**
 * Idle threads sleep instead of spinning: a fifth slower with two threads on two free cores, but twice as fast when
 * another program, such as the user interface, wants one of them.
 *
 * Numbers below 1.2e-38 become 0. The tails of a sharp softmax and the squares of vanishing gradients are such numbers,
 * and processors take ten times as long over them. The flag is the calling thread's own and stays set when the first
 * session has been made, so that numbers below 2.2e-308 become 0 in the JavaScript of that thread, too.
 */
function sessionOptions(
  { executionProvider, residence }: Provider,
  { threads = 1, resident = [] }: CompileOptions,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [executionProvider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' }, set_denormal_as_zero: '1' } },
    ...(residence && {
      preferredOutputLocation: Object.fromEntries(resident.map((name) => [outputName(name), residence])),
    }),
  };
}

/** Float32 numbers in main memory, or a tensor on a device. */
class OnnxValue implements Value {
  readonly shape: readonly number[];
  readonly content: Float32Array | Tensor;

  constructor(shape: readonly number[], content: Float32Array | Tensor) {
    this.shape = shape;
    this.content = content;
  }
}

function onnxValue(value: Value): OnnxValue {
  if (value instanceof OnnxValue) return value;
  throw new Error('a value that an ONNX Runtime engine did not make');
}

class OnnxProgram implements Program {
  readonly #runtime: Runtime;
  readonly #graph: Graph;
  readonly #session: InferenceSession;

  constructor(runtime: Runtime, graph: Graph, session: InferenceSession) {
    this.#runtime = runtime;
    this.#graph = graph;
    this.#session = session;
  }

  async run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Value>> {
    checkFeeds(this.#graph, feeds);
    const tensors = Object.entries(feeds).map(([name, value]) => [inputName(name), this.#tensor(value)]);
    const results = await this.#session.run(Object.fromEntries(tensors));
    const outputs = Object.entries(this.#graph.outputs).map(([name, position]) => {
      const tensor = results[outputName(name)]!;
      const content = tensor.location === 'cpu' ? (tensor.data as Float32Array) : tensor;
      return [name, new OnnxValue(lengths(this.#graph.nodes[position]!.shape), content)];
    });
    return Object.fromEntries(outputs);
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }

  #tensor(value: Value): Tensor {
    const { shape, content } = onnxValue(value);
    return content instanceof Float32Array ? new this.#runtime.Tensor('float32', content, shape) : content;
  }
}
