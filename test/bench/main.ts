/**
 * Speed of one optimizer update against named peers, all in one run and in turn, so that a noisy machine is noisy for
 * everybody. Prints medians and ratios. Losses are compared too: a fast wrong answer does not count.
 *
 *     npm run bench                 the table
 *     npm run bench -- --json       one JSON object
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/core/random.ts';
import { figure2a, incline, now } from './population_step/incline.ts';
import { loops } from './population_step/loops.ts';
import { type Competitor, type Problem, sizes } from './population_step/problem.ts';
import { problemOf } from './population_step/shared.ts';
import { tfjsWasm } from './population_step/tfjs.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds);
/** Each competitor works about this long in a round, in milliseconds. */
const stretch = 400;
/** Updates after which all must agree on the loss. */
const agreementSteps = 10;

interface Measured {
  readonly name: string;
  /** Milliseconds an update, one entry a round. */
  readonly times: number[];
  readonly loss: number;
}

async function race(competitors: readonly Competitor[]): Promise<Measured[]> {
  const entries: { competitor: Competitor; batch: number; measured: Measured }[] = [];
  for (const competitor of competitors) {
    const loss = await competitor.steps(agreementSteps);
    const start = now();
    await competitor.steps(2);
    const batch = Math.max(1, Math.round((2 * stretch) / (now() - start)));
    entries.push({ competitor, batch, measured: { name: competitor.name, times: [], loss } });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { competitor, batch, measured } of entries) {
      const start = now();
      await competitor.steps(batch);
      measured.times.push((now() - start) / batch);
    }
  }
  return entries.map(({ measured }) => measured);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

const experiment = figure2a();
const problem: Problem = problemOf(experiment, RandomStream.named(experiment.config.seed, 'init'));
const threads = cpus().length;
const measured = await race([
  await incline(experiment, 1),
  ...(threads > 1 ? [await incline(experiment, threads)] : []),
  await tfjsWasm(problem, 1),
  loops(problem),
]);

const base = measured[0]!;
for (const { name, loss } of measured) {
  if (!(Math.abs(loss - base.loss) <= 1e-3 * Math.abs(base.loss))) {
    throw new Error(`${name} computes another loss: ${loss} against ${base.loss} of ${base.name}`);
  }
}
// Round by round, so that a slow moment of the machine cancels.
const ratioTo = (times: readonly number[]): number => median(times.map((time, round) => time / base.times[round]!));
if (flags.json) {
  const rows = measured.map(({ name, times, loss }) => ({
    name,
    median_ms: median(times),
    ratio: ratioTo(times),
    loss,
  }));
  console.log(
    JSON.stringify({
      v: 1,
      case: 'population_step',
      sizes,
      rounds,
      cpu: cpus()[0]?.model,
      node: process.version,
      rows,
    }),
  );
} else {
  const { N, K, d, m, H } = sizes;
  console.log(`exact-gradient step with Adam, N=${N} K=${K} d=${d} m=${m} H=${H}; ${rounds} rounds in turn`);
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${threads} cores, Node ${process.version}\n`);
  console.log(
    `${''.padEnd(24)}${'ms/step'.padStart(10)}${'fastest'.padStart(10)}${'ratio'.padStart(9)}${`loss at ${agreementSteps}`.padStart(13)}`,
  );
  for (const { name, times, loss } of measured) {
    const cells = [median(times).toFixed(2), Math.min(...times).toFixed(2), `${ratioTo(times).toFixed(2)}×`];
    console.log(
      `${name.padEnd(24)}${cells[0]!.padStart(10)}${cells[1]!.padStart(10)}${cells[2]!.padStart(9)}${loss.toFixed(6).padStart(13)}`,
    );
  }
  console.log(`\nratio: time against ${base.name} in the same round (median)`);
}
// The wasm backend keeps worker threads alive.
process.exit(0);
