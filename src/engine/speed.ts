import { systemClock } from '../core/clock.ts';
import { hostTensor } from '../core/tensor.ts';
import { Recorder } from '../graph/symbolic.ts';
import type { Graph } from '../graph/types.ts';
import { BoundProgram } from './bound.ts';
import type { Engine } from './contract.ts';

/** Products in one run of the graph: enough that starting it does not count. */
const products = 8;
/** Widths of the matrices: the next one where a run took less than `tooShort`. */
const widths = [64, 128, 256, 512, 1024, 2048, 4096] as const;
/** In milliseconds. */
const tooShort = 20;

/** Multiplications and additions a second in products of square matrices, the fastest of a few runs. */
export async function productSpeed(engine: Engine, threads = 1): Promise<number> {
  let speed = 0;
  for (const width of widths) {
    const time = await fastestRun(engine, productGraph(width), width, threads);
    speed = Math.max(speed, (2 * products * width * width * width * 1000) / time);
    if (time > tooShort) break;
  }
  return speed;
}

/** Σ x⁽ⁿ⁾, each factor scaled so that the numbers stay about as large as they were. */
function productGraph(width: number): Graph {
  const recorder = new Recorder();
  const [row, column] = ['row', 'column'].map((name) => ({ name, size: width }));
  const x = recorder.input('x', [row!, column!]);
  let product = x;
  for (let i = 0; i < products; i++) product = product.matmul(x).mul(1 / width);
  return recorder.finish({ sum: product.sum() });
}

async function fastestRun(engine: Engine, graph: Graph, width: number, threads: number): Promise<number> {
  const x = hostTensor([width, width], new Float32Array(width * width).fill(1));
  const program = await BoundProgram.of(engine, graph, { threads, fixed: { x } });
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 4; i++) {
    const start = systemClock.now();
    await program.numbers({});
    fastest = Math.min(fastest, systemClock.now() - start);
    // The first run makes kernels ready; a device on which the second takes seconds is not worth a third.
    if (i > 0 && fastest > 500) break;
  }
  await program.dispose();
  return fastest;
}
