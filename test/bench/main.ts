/**
 * Speed of one optimizer update against named peers, all in one run and in turn, so that a noisy machine is noisy for
 * everybody. Prints medians and ratios. Losses are compared too: a fast wrong answer does not count. Peers are those that
 * are here: TensorFlow.js, and PyTorch and JAX where a python3 can import them.
 *
 *     npm run bench                              all cases but the slow ones
 *     npm run bench -- --case encoder            one case, and where its time goes
 *     npm run bench -- --case paper --prompts 256
 *     npm run bench -- --plain                   with TensorFlow.js' plain JavaScript, which takes minutes
 *     npm run bench -- --rounds 15 --json        one JSON object a case
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { BenchCase } from './competitor.ts';
import { decoderStep } from './decoder_step/case.ts';
import { encoderStep } from './encoder_step/case.ts';
import { paperEncoder, smallEncoder } from './encoder_step/problem.ts';
import { agreementSteps, checkAgreement, type Measured, median, race, ratio } from './measure.ts';
import { populationStep } from './population_step/case.ts';

const { values: flags } = parseArgs({
  options: {
    case: { type: 'string' },
    prompts: { type: 'string', default: '8' },
    plain: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds);
const backends = flags.plain ? (['wasm', 'cpu'] as const) : (['wasm'] as const);
const threadCounts = [...new Set([1, 2, cpus().length])].filter((threads) => threads <= cpus().length);

const cases: Readonly<Record<string, () => Promise<BenchCase>>> = {
  tiny: () => populationStep('tiny', 'yang-tiny', backends, threadCounts),
  quick: () => populationStep('quick', 'yang-quick', backends, threadCounts),
  theory: () => populationStep('theory', 'yang-fig2a', backends, threadCounts),
  encoder: () => encoderStep('encoder', smallEncoder, backends, threadCounts),
  decoder: decoderStep,
  paper: () => encoderStep('paper', paperEncoder(Number(flags.prompts)), [], threadCounts),
};
const usual = ['tiny', 'quick', 'theory', 'encoder'];

function printTable({ title, sizes, productFlops, absent }: BenchCase, measured: readonly Measured[]): void {
  const base = measured[0]!;
  const settings = Object.entries(sizes).map(([name, size]) => `${name}=${size}`);
  console.log(`\n${title}, ${settings.join(' ')}`);
  const heads = ['ms/step', 'fastest', 'ratio', `loss at ${agreementSteps}`, ...(productFlops ? ['GFLOP/s'] : [])];
  const rows = measured.map(({ name, times, loss }) => [
    name,
    median(times).toFixed(3),
    Math.min(...times).toFixed(3),
    `${ratio(times, base.times).toFixed(2)}×`,
    loss.toFixed(6),
    ...(productFlops ? [(productFlops / 1e6 / median(times)).toFixed(1)] : []),
  ]);
  for (const [name, ...cells] of [['', ...heads], ...rows]) {
    console.log(`${name!.padEnd(28)}${cells.map((cell) => cell.padStart(12)).join('')}`);
  }
  for (const line of absent) console.log(`absent: ${line}`);
  if (productFlops) console.log(`GFLOP/s: matrix products alone, ${(productFlops / 1e9).toFixed(3)} GFLOP a step`);
}

function printJson({ name, sizes, absent, productFlops }: BenchCase, measured: readonly Measured[]): void {
  const rows = measured.map(({ name, times, loss }) => {
    return { name, median_ms: median(times), ratio: ratio(times, measured[0]!.times), loss };
  });
  const machine = { cpu: cpus()[0]?.model, node: process.version };
  const facts = { v: 1, case: name, sizes, rounds, ...machine, product_flops: productFlops };
  console.log(JSON.stringify({ ...facts, rows, absent }));
}

const names = flags.case === undefined ? usual : [flags.case];
if (!flags.json) {
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}`);
  console.log(`${rounds} rounds in turn; ratio: time against the first row in the same round (median)`);
}
for (const name of names) {
  const build = cases[name];
  if (!build) throw new Error(`no case "${name}"; there are ${Object.keys(cases).join(', ')}`);
  const chosen = await build();
  const measured = await race(chosen.competitors, rounds);
  checkAgreement(measured);
  if (flags.json) printJson(chosen, measured);
  else printTable(chosen, measured);
  if (!flags.json && flags.case !== undefined)
    for (const line of ['', ...((await chosen.notes?.()) ?? [])]) console.log(line);
}
// Some competitors keep threads or processes alive.
process.exit(0);
