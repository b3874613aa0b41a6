/**
 * Speed of one optimizer update against named peers, all in one run and in turn, so that a noisy machine is noisy for
 * everybody. Prints medians and ratios. Losses are compared too: a fast wrong answer does not count.
 *
 *     npm run bench                           exact-gradient step of one layer
 *     npm run bench -- --case encoder         minibatch step of a four-layer encoder
 *     npm run bench -- --case decoder         the same of the decoder of li-decoder
 *     npm run bench -- --rounds 15 --json     one JSON object
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/core/clock.ts';
import type { BenchCase, Competitor } from './competitor.ts';
import { decoderStep } from './decoder_step/case.ts';
import { encoderStep } from './encoder_step/case.ts';
import { populationStep } from './population_step/case.ts';

const cases = { population: populationStep, encoder: encoderStep, decoder: decoderStep };

const { values: flags } = parseArgs({
  options: {
    case: { type: 'string', default: 'population' },
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

const now = (): number => systemClock.now();

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

function checkAgreement(measured: readonly Measured[]): void {
  const base = measured[0]!;
  for (const { name, loss } of measured) {
    if (Math.abs(loss - base.loss) <= 1e-3 * Math.abs(base.loss)) continue;
    throw new Error(`${name} computes another loss: ${loss} against ${base.loss} of ${base.name}`);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

/** Round by round, so that a slow moment of the machine cancels. */
const ratio = (times: readonly number[], base: readonly number[]): number =>
  median(times.map((time, round) => time / base[round]!));

function printTable({ title, sizes, productFlops, absent }: BenchCase, measured: readonly Measured[]): void {
  const base = measured[0]!;
  const settings = Object.entries(sizes).map(([name, size]) => `${name}=${size}`);
  console.log(`${title}, ${settings.join(' ')}; ${rounds} rounds in turn`);
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}\n`);
  const heads = ['ms/step', 'fastest', 'ratio', `loss at ${agreementSteps}`, ...(productFlops ? ['GFLOP/s'] : [])];
  const rows = measured.map(({ name, times, loss }) => [
    name,
    median(times).toFixed(2),
    Math.min(...times).toFixed(2),
    `${ratio(times, base.times).toFixed(2)}×`,
    loss.toFixed(6),
    ...(productFlops ? [(productFlops / 1e6 / median(times)).toFixed(1)] : []),
  ]);
  for (const [name, ...cells] of [['', ...heads], ...rows]) {
    console.log(`${name!.padEnd(28)}${cells.map((cell) => cell.padStart(12)).join('')}`);
  }
  for (const line of absent) console.log(`absent: ${line}`);
  console.log(`\nratio: time against ${base.name} in the same round (median)`);
  if (productFlops) console.log(`GFLOP/s: matrix products alone, ${(productFlops / 1e9).toFixed(3)} GFLOP a step`);
}

const build = Object.entries(cases).find(([name]) => name === flags.case)?.[1];
if (!build) throw new Error(`no case "${flags.case}"; there are ${Object.keys(cases).join(', ')}`);
const chosen = await build();
const measured = await race(chosen.competitors);
checkAgreement(measured);
const notes = (await chosen.notes?.()) ?? [];
if (flags.json) {
  const rows = measured.map(({ name, times, loss }) => ({
    name,
    median_ms: median(times),
    ratio: ratio(times, measured[0]!.times),
    loss,
  }));
  const { name, sizes, absent, productFlops } = chosen;
  const machine = { cpu: cpus()[0]?.model, node: process.version };
  console.log(
    JSON.stringify({ v: 1, case: name, sizes, rounds, ...machine, product_flops: productFlops, rows, absent }),
  );
} else {
  printTable(chosen, measured);
  for (const line of ['', ...notes]) console.log(line);
}
// Some competitors keep threads or processes alive.
process.exit(0);
