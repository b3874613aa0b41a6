/** One way to compute a step. */
export interface Competitor {
  readonly name: string;
  /** Does `count` updates; the loss that the last of them worked on. */
  steps(count: number): Promise<number>;
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
