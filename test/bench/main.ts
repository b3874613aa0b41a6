/**
 * Speed of one optimizer update against named peers, all in one run and in turn, so that a noisy machine is noisy for
 * everybody. Prints medians and ratios. Losses are compared too: a fast wrong answer does not count. Peers are those that
 * are here: TensorFlow.js, and PyTorch and JAX where the first python3 in the search path can import them, or /usr/bin/python3.
 *
 *     npm run bench                              all cases but the slow ones
 *     PATH=VENV/bin:$PATH npm run bench          with peers of a virtual environment (pip install numpy jax torch)
 *     npm run bench -- --case encoder            one case, and where its time goes
 *     npm run bench -- --case paper --prompts 256
 *     npm run bench -- --case yang-fig5-small    the sizes of any preset
 *     npm run bench -- --device webgpu --case yang-fig2b      on a device, beside peers that compute there
 *     npm run bench -- --plain                   with TensorFlow.js' plain JavaScript, which takes minutes
 *     npm run bench -- --rounds 15 --json        one JSON object a case
 */
import { cpus } from 'node:os';
import { UserError } from '../../src/core/errors.ts';
import { significant } from '../../src/core/format.ts';
import { nearest } from '../../src/core/nearest.ts';
import { presetNames } from '../../src/presets/load.ts';
import type { BenchCase, Field } from './competitor.ts';
import { encoderStep } from './encoder_step/case.ts';
import { paperEncoder, smallEncoder } from './encoder_step/problem.ts';
import { flagsOf, refuse, wholeNumber } from './flags.ts';
import { agreementSteps, checkAgreement, type Measured, median, race, ratio } from './measure.ts';
import { populationStep } from './population_step/case.ts';
import { stepOf } from './preset_step/peers.ts';
import { sequenceStep } from './sequence_step/case.ts';

const options = {
  case: { type: 'string' },
  device: { type: 'string' },
  prompts: { type: 'string', default: '8' },
  plain: { type: 'boolean', default: false },
  rounds: { type: 'string', default: '7' },
  json: { type: 'boolean', default: false },
} as const;

/** Who takes part: on a device its peers there, else the processor with one thread, two and all. */
function fieldOf(device: string | undefined, plain: boolean): Field {
  if (device !== undefined) return { threadCounts: [], backends: [], device };
  const threadCounts = [...new Set([1, 2, cpus().length])].filter((threads) => threads <= cpus().length);
  return { threadCounts, backends: plain ? ['wasm', 'cpu'] : ['wasm'], device };
}

const usual = ['tiny', 'quick', 'theory', 'encoder', 'decoder', 'li-quick'];

async function caseOf(name: string, field: Field, prompts: number): Promise<BenchCase> {
  const cases: Readonly<Record<string, () => Promise<BenchCase>>> = {
    tiny: () => populationStep('tiny', 'yang-tiny', field),
    quick: () => populationStep('quick', 'yang-quick', field),
    theory: () => populationStep('theory', 'yang-fig2a', field),
    encoder: () => encoderStep('encoder', smallEncoder, field),
    decoder: () => sequenceStep('decoder', 'li-decoder', field),
    paper: () => encoderStep('paper', paperEncoder(prompts), { ...field, backends: [] }),
  };
  if (cases[name]) return cases[name]();
  const presets = presetNames();
  if (/^[\w-]+$/.test(name) && !presets.includes(name)) {
    const known = [...Object.keys(cases), ...presets];
    const expected = `${Object.keys(cases).join(', ')} or a preset`;
    throw new UserError({ where: '--case', what: `is ${name}`, expected, fix: nearest(name, known) });
  }
  return stepOf(name, { ...field, backends: [] });
}

/** What a table and JSON say of a competitor. */
interface Row extends Measured {
  readonly median: number;
  readonly ratio: number;
  /** What its matrix products alone take at the speed of large ones, in milliseconds. */
  readonly floor: number | undefined;
}

async function rowsOf({ competitors, productFlops }: BenchCase, measured: readonly Measured[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [i, entry] of measured.entries()) {
    const peak = productFlops === undefined ? undefined : await competitors[i]!.peak?.();
    const floor = peak && (productFlops! * 1000) / peak;
    rows.push({ ...entry, median: median(entry.times), ratio: ratio(entry.times, measured[0]!.times), floor });
  }
  return rows;
}

function printTable({ title, sizes, productFlops, absent }: BenchCase, rows: readonly Row[]): void {
  const settings = Object.entries(sizes).map(([name, size]) => `${name}=${size}`);
  console.log(`\n${title}, ${settings.join(' ')}`);
  const heads = [
    'ms/step',
    'steps/s',
    'ratio',
    `loss at ${agreementSteps}`,
    ...(productFlops ? ['GFLOP/s', 'floor ms', 'of peak'] : []),
  ];
  const cells = rows.map(({ name, median: time, ratio: against, loss, floor }) => [
    name,
    time.toFixed(3),
    (1000 / time).toPrecision(3),
    `${against.toFixed(2)}×`,
    loss.toFixed(6),
    ...(productFlops ? [(productFlops / 1e6 / time).toFixed(1), ...floorCells(floor, time)] : []),
  ]);
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2;
  for (const [name, ...others] of [['', ...heads], ...cells]) {
    console.log(`${name!.padEnd(width)}${others.map((cell) => cell.padStart(12)).join('')}`);
  }
  console.log(againstPeers(rows));
  for (const line of absent) console.log(`absent: ${line}`);
  if (productFlops) {
    const flops = `${significant(productFlops / 1e6)} MFLOP a step`;
    console.log(`GFLOP/s: matrix products alone, ${flops}; peak: products of large matrices, measured now`);
    console.log(
      'floor: what these products take at the peak of the same engine and threads, and everything else nothing',
    );
  }
}

const floorCells = (floor: number | undefined, time: number): [string, string] =>
  floor === undefined ? ['', ''] : [floor.toFixed(3), `${((100 * floor) / time).toFixed(0)} %`];

/** The fastest of this program against the fastest other, round by round. */
function againstPeers(rows: readonly Row[]): string {
  const fastest = (isOwn: boolean): Row | undefined =>
    rows.filter(({ name }) => name.startsWith('incline') === isOwn).toSorted((a, b) => a.median - b.median)[0];
  const [own, peer] = [fastest(true)!, fastest(false)];
  if (!peer) return `fastest: ${own.name}; no peer is here`;
  return `fastest: ${own.name}, ${ratio(peer.times, own.times).toFixed(2)}× as fast as the best peer here, ${peer.name}`;
}

function printJson({ name, sizes, absent, productFlops }: BenchCase, rows: readonly Row[]): void {
  const machine = { cpu: cpus()[0]?.model, node: process.version };
  const facts = { v: 1, case: name, sizes, rounds, ...machine, product_flops: productFlops };
  const entries = rows.map(({ name, median: time, ratio: against, loss, floor }) => {
    return { name, median_ms: time, ratio: against, loss, floor_ms: floor, share_of_peak: floor && floor / time };
  });
  console.log(JSON.stringify({ ...facts, rows: entries, absent }));
}

const flags = flagsOf(options, import.meta.url);
const rounds = wholeNumber('rounds', flags.rounds);
const prompts = wholeNumber('prompts', flags.prompts);
const field = fieldOf(flags.device, flags.plain);
const names = flags.case === undefined ? usual : [flags.case];
if (!flags.json) {
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}`);
  console.log(`${rounds} rounds in turn; ratio: time against the first row in the same round (median)`);
}
for (const name of names) {
  const chosen = await caseOf(name, field, prompts).catch((error: unknown) => {
    throw error instanceof UserError ? refuse(error) : error;
  });
  const measured = await race(chosen.competitors, rounds);
  checkAgreement(measured);
  const rows = await rowsOf(chosen, measured);
  if (flags.json) printJson(chosen, rows);
  else printTable(chosen, rows);
  if (!flags.json && flags.case !== undefined && flags.device === undefined)
    for (const line of ['', ...((await chosen.notes?.()) ?? [])]) console.log(line);
  // The next case has the machine to itself.
  for (const { end } of chosen.competitors) await end?.();
}
// Some competitors keep threads alive.
process.exit(0);
