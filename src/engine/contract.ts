import type { HostTensor } from '../core/tensor.ts';
import type { Graph } from '../graph/types.ts';

export type EngineName = 'cpu' | 'wasm' | 'webgpu' | 'cuda' | 'tensorflow' | 'reference';

export type Availability =
  | {
      readonly usable: true;
      readonly version: string;
      readonly adapter?: string;
      /** Devices that it could compute on as well. */
      readonly otherAdapters?: readonly string[];
    }
  | { readonly usable: false; readonly reason: string };

/**
 * Executes graphs. Every engine obeys one conformance suite: same graph and inputs give the same outputs within the
 * engine's precision, the same bits when run again, and the same bits however the calls are divided over programs.
 */
export interface Engine {
  readonly name: EngineName;
  readonly precision: 'float32' | 'float64';
  /** Whether it computes outside the processor, so that threads do not matter and its values are lost with the device. */
  readonly device: boolean;
  /** Whether a run takes one thread, however many are given. */
  readonly oneThread?: boolean;
  availability(): Promise<Availability>;
  /** @throws Error naming the node when the engine cannot run the graph. */
  compile(graph: Graph, options?: CompileOptions): Promise<Program>;
  /**
   * Brings numbers to where the engine computes, rounding to its precision.
   * @param isGiven whether nobody will write to them any more, so that they need not be copied
   */
  upload(tensor: HostTensor, isGiven?: boolean): Value;
  /** Numbers of a value; may share memory with it, so do not write to them. */
  read(value: Value): Promise<HostTensor>;
  /** Frees a value that lives on a device; harmless on others and twice. */
  release(value: Value): void;
}

export interface CompileOptions {
  /** Threads for one run; 1 unless given. */
  readonly threads?: number;
  /** Outputs to leave on the device because they are fed back at the next run. */
  readonly resident?: readonly string[];
}

/** A tensor an engine holds. Only the engine that made it can read it; values are never changed once made. */
export interface Value {
  readonly shape: readonly number[];
}

/** A graph made ready to run. */
export interface Program {
  /**
   * Runs the graph once. `feeds` holds a value of the right shape for every input; extra names are refused.
   * @throws Error naming the input that is missing, unknown or of the wrong shape
   * @throws UserError where an engine says that it has no memory for it
   */
  run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Value>>;
  dispose(): Promise<void>;
}
