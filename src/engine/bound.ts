import type { HostTensor } from '../core/tensor.ts';
import type { Graph } from '../graph/types.ts';
import type { CompileOptions, Engine, Program, Value } from './contract.ts';

/** Values on an engine by the names of a graph's inputs or outputs. */
export type Values = Readonly<Record<string, Value>>;

/** Numbers in main memory by the names of a graph's inputs or outputs. */
export type Tensors = Readonly<Record<string, HostTensor>>;

/** A graph made ready on an engine, with those of its inputs that stay from run to run. */
export class BoundProgram {
  readonly #engine: Engine;
  readonly #inputs: readonly string[];
  readonly #program: Program;
  readonly #fixed: Values;

  private constructor(engine: Engine, inputs: readonly string[], program: Program, fixed: Values) {
    this.#engine = engine;
    this.#inputs = inputs;
    this.#program = program;
    this.#fixed = fixed;
  }

  /** @param fixed what stays, of which the graph may take a part only */
  static async of(
    engine: Engine,
    graph: Graph,
    options: CompileOptions & { readonly fixed?: Tensors } = {},
  ): Promise<BoundProgram> {
    const inputs = Object.keys(graph.inputs);
    const { fixed = {}, ...how } = options;
    const program = await engine.compile(graph, how);
    return new BoundProgram(engine, inputs, program, uploaded(engine, fixed, inputs));
  }

  /** Runs once with those of the values that the graph takes, which stay the caller's, as does what comes out. */
  run(values: Values): Promise<Values> {
    const given: Values = { ...this.#fixed, ...values };
    return this.#program.run(Object.fromEntries(this.#inputs.map((name) => [name, given[name]!])));
  }

  /**
   * The numbers that come out.
   * @param values on the engine, which stay the caller's
   * @param tensors brought there for this run
   */
  async numbers(values: Values, tensors: Tensors = {}): Promise<Record<string, HostTensor>> {
    const given = uploaded(this.#engine, tensors, this.#inputs);
    try {
      return await readAll(this.#engine, await this.run({ ...values, ...given }));
    } finally {
      releaseAll(this.#engine, given);
    }
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
    releaseAll(this.#engine, this.#fixed);
  }
}

/** The numbers that a graph gives for those of the tensors that it takes; compiles, runs once and frees everything. */
export async function runOnce(
  engine: Engine,
  graph: Graph,
  tensors: Tensors,
  threads = 1,
): Promise<Record<string, HostTensor>> {
  const program = await BoundProgram.of(engine, graph, { threads });
  try {
    return await program.numbers({}, tensors);
  } finally {
    await program.dispose();
  }
}

export function releaseAll(engine: Engine, values: Values): void {
  for (const value of Object.values(values)) engine.release(value);
}

async function readAll(engine: Engine, values: Values): Promise<Record<string, HostTensor>> {
  const numbers: Record<string, HostTensor> = {};
  for (const [name, value] of Object.entries(values)) {
    numbers[name] = await engine.read(value);
    engine.release(value);
  }
  return numbers;
}

function uploaded(engine: Engine, tensors: Tensors, wanted: readonly string[]): Values {
  const taken = Object.entries(tensors).filter(([name]) => wanted.includes(name));
  return Object.fromEntries(taken.map(([name, tensor]) => [name, engine.upload(tensor)]));
}
