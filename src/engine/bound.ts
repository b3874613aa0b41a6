import type { HostTensor } from '../core/tensor.ts';
import type { Graph } from '../graph/types.ts';
import type { CompileOptions, Engine, Program, Value } from './contract.ts';

/** Values on an engine by the names of a graph's inputs or outputs. */
export type Values = Readonly<Record<string, Value>>;

/** Numbers in main memory by the names of a graph's inputs or outputs. */
export type Tensors = Readonly<Record<string, HostTensor>>;

/** What a run of a graph gives. */
interface Results {
  /** What stays on the engine to be fed back, the caller's to free. */
  readonly resident: Values;
  /** Everything else. */
  readonly numbers: Tensors;
}

/** A graph made ready on an engine, with those of its inputs that stay from run to run. */
export class BoundProgram {
  readonly #engine: Engine;
  readonly #inputs: readonly string[];
  readonly #program: Program;
  readonly #resident: readonly string[];
  readonly #fixed: Values;

  private constructor(
    engine: Engine,
    inputs: readonly string[],
    program: Program,
    { resident, fixed }: { readonly resident: readonly string[]; readonly fixed: Values },
  ) {
    this.#engine = engine;
    this.#inputs = inputs;
    this.#program = program;
    this.#resident = resident;
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
    const kept = { resident: how.resident ?? [], fixed: uploadAll(engine, taken(fixed, inputs)) };
    return new BoundProgram(engine, inputs, program, kept);
  }

  /**
   * Runs once with what the graph takes of all this.
   * @param values on the engine, which stay the caller's
   * @param tensors brought there for this run; nobody writes to them any more
   */
  async run(values: Values, tensors: Tensors = {}): Promise<Results> {
    const brought = uploadAll(this.#engine, taken(tensors, this.#inputs), true);
    try {
      const given: Values = { ...this.#fixed, ...values, ...brought };
      const outputs = await this.#program.run(Object.fromEntries(this.#inputs.map((name) => [name, given[name]!])));
      const stays = ([name]: [string, Value]): boolean => this.#resident.includes(name);
      const resident = Object.fromEntries(Object.entries(outputs).filter(stays));
      const read = Object.fromEntries(Object.entries(outputs).filter((output) => !stays(output)));
      const numbers = await readAll(this.#engine, read);
      releaseAll(this.#engine, read);
      return { resident, numbers };
    } finally {
      releaseAll(this.#engine, brought);
    }
  }

  /** The numbers that a run gives where nothing stays on the engine. */
  async numbers(values: Values, tensors: Tensors = {}): Promise<Tensors> {
    return (await this.run(values, tensors)).numbers;
  }

  async dispose(): Promise<void> {
    await this.#program.dispose();
    releaseAll(this.#engine, this.#fixed);
  }
}

/** The numbers that a graph gives for those of the tensors that it takes; compiles, runs once and frees everything. */
export async function runOnce(engine: Engine, graph: Graph, tensors: Tensors, threads = 1): Promise<Tensors> {
  const program = await BoundProgram.of(engine, graph, { threads });
  try {
    return await program.numbers({}, tensors);
  } finally {
    await program.dispose();
  }
}

/** @param areGiven whether nobody writes to them any more */
export function uploadAll(engine: Engine, tensors: Tensors, areGiven = false): Values {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, engine.upload(tensor, areGiven)]));
}

export function releaseAll(engine: Engine, values: Values): void {
  for (const value of Object.values(values)) engine.release(value);
}

/** Their numbers; the values stay. */
export async function readAll(engine: Engine, values: Values): Promise<Record<string, HostTensor>> {
  const numbers: Record<string, HostTensor> = {};
  for (const [name, value] of Object.entries(values)) numbers[name] = await engine.read(value);
  return numbers;
}

function taken(tensors: Tensors, wanted: readonly string[]): Tensors {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => wanted.includes(name)));
}
