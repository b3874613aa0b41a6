/** One way to compute a step. */
export interface Competitor {
  readonly name: string;
  /** Does `count` updates; the loss that the last of them worked on. */
  steps(count: number): Promise<number>;
  /** Multiplications and additions a second in products of square matrices on what it computes with, where measured. */
  peak?(): Promise<number>;
  /** Ends its process or gives its memory back. */
  end?(): Promise<void>;
}

/** Who takes part. */
export interface Field {
  /** Numbers of threads of the processor; none where the field is a device's. */
  readonly threadCounts: readonly number[];
  /** What TensorFlow.js computes with. */
  readonly backends: readonly ('wasm' | 'cpu')[];
  /** An engine that computes on a device, whose peers compute there too. Without it: the processor and faster devices. */
  readonly device: string | undefined;
}

/** A step that several programs can do. */
export interface BenchCase {
  /** For JSON. */
  readonly name: string;
  readonly title: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly competitors: readonly Competitor[];
  /** Who does not take part, and why. */
  readonly absent: readonly string[];
  /** Multiplications and additions in the matrix products of one step, where counted. */
  readonly productFlops?: number;
  /** Lines to print below the table. */
  notes?(): Promise<readonly string[]>;
}
