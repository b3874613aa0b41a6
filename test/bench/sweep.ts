/**
 * What the pool of a sweep gains: two runs at a time against one, with a thread each, where a step takes a millisecond or
 * more, beside what two plain loops gain on this machine, as virtual cores may share one; and many seeds with the pool
 * against one `train` after the other, and against JAX (`jit`, `lax.scan`, `vmap` over seeds) where a python3 has it. All
 * take turns, round by round.
 *
 *     npm run bench:sweep -- --rounds 3 --seeds 16
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { program } from '../cli/program.ts';
import { flagsOf, wholeNumber } from './flags.ts';
import { peerProblem as populationProblem, problemOf } from './population_step/problem.ts';
import { jaxOverSeeds, type PeerProblem, type SeedsTrained } from './python/peer.ts';
import { onOneBatch, peerProblem as sequenceProblem } from './sequence_step/problem.ts';

const { rounds: roundsText, seeds: seedsText } = flagsOf(
  { rounds: { type: 'string', default: '3' }, seeds: { type: 'string', default: '16' } },
  import.meta.url,
);
const [rounds, seeds] = [wholeNumber('rounds', roundsText), wholeNumber('seeds', seedsText)];

/** Presets whose steps take a millisecond or more, and steps for some seconds. */
const slow = [
  { preset: 'yang-fig2a', steps: 300 },
  { preset: 'li-decoder', steps: 60 },
];
/** A loop of some seconds that shares nothing with another. */
const plainLoop =
  'const a=new Float64Array(4096);let s=0;for(let k=0;k<6e4;k++)for(let i=0;i<4096;i++){a[i]+=i*0.5;s+=a[i]}';
/** Small ones, with so few steps that starting counts. */
const many = [
  { preset: 'yang-quick', steps: 400 },
  { preset: 'li-decoder', steps: 40 },
];

/** Seconds that a command takes in a folder of its own. */
async function secondsOf(...commands: readonly (readonly string[])[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'incline-bench-'));
  const environment = { ...process.env, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder };
  const began = systemClock.now();
  for (const words of commands) {
    const stdio = ['ignore', 'ignore', 'inherit'] as const;
    const child = spawn(process.execPath, [program, ...words], { cwd: folder, env: environment, stdio: [...stdio] });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`${words.join(' ')} ended with status ${code}`);
  }
  const seconds = (systemClock.now() - began) / 1000;
  rmSync(folder, { recursive: true });
  return seconds;
}

/** Medians of what several ways take, each once a round. */
async function inTurns(ways: readonly (() => Promise<number>)[]): Promise<number[]> {
  const times: number[][] = ways.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, way] of ways.entries()) times[i]!.push(await way());
  }
  return times.map((some) => some.sort((a, b) => a - b)[some.length >> 1]!);
}

interface Trained {
  readonly preset: string;
  readonly steps: number;
}

const common = ({ preset, steps }: Trained): string[] => [preset, '--steps', String(steps)];

/** Seconds that so many plain loops at a time take. */
async function secondsOfLoops(count: number): Promise<number> {
  const began = systemClock.now();
  const loops = Array.from({ length: count }, () => once(spawn(process.execPath, ['-e', plainLoop]), 'exit'));
  await Promise.all(loops);
  return (systemClock.now() - began) / 1000;
}

async function twoAgainstOne(which: Trained): Promise<void> {
  const sweep = (jobs: number) => (): Promise<number> =>
    secondsOf(['sweep', ...common(which), '--seeds', '4', '--threads', '1', '--jobs', String(jobs)]);
  const loops = (count: number) => (): Promise<number> => secondsOfLoops(count);
  const [one, two, oneLoop, twoLoops] = await inTurns([sweep(1), sweep(2), loops(1), loops(2)]);
  const [gain, most] = [one! / two!, (2 * oneLoop!) / twoLoops!];
  console.log(`${which.preset}, ${which.steps} steps, 4 runs of one thread:`);
  console.log(`  one at a time ${one!.toFixed(1)} s, two ${two!.toFixed(1)} s: throughput × ${gain.toFixed(2)}`);
  console.log(`  two plain loops: × ${most.toFixed(2)}, of which the pool has ${((100 * gain) / most).toFixed(0)} %`);
}

async function poolAgainstLoop(which: Trained): Promise<void> {
  const loop = Array.from({ length: seeds }, (_, seed) => {
    return ['train', ...common(which), '--headless', '--seed', String(seed), '--name', `seed-${seed}`];
  });
  const problems = Array.from({ length: seeds }, (_, seed) => problemFor(which.preset, seed));
  let jax: SeedsTrained | undefined;
  const updates: number[] = [];
  const [pool, after, inJax] = await inTurns([
    () => secondsOf(['sweep', ...common(which), '--seeds', String(seeds)]),
    () => secondsOf(...loop),
    async () => {
      jax = await jaxOverSeeds(problems, which.steps, availableParallelism());
      if (jax) updates.push(jax.updateSeconds);
      return jax?.seconds ?? 0;
    },
  ]);
  const rate = (seconds: number): string => `${((60 * seeds) / seconds).toFixed(1)} runs a minute`;
  console.log(`${which.preset}, ${which.steps} steps, ${seeds} seeds:`);
  console.log(`  pool ${rate(pool!)}, one after the other ${rate(after!)}: × ${(after! / pool!).toFixed(2)}`);
  if (!jax) return console.log('  no python3 here has jax: not compared with it');
  const alone = updates.sort((a, b) => a - b)[updates.length >> 1]!;
  console.log(
    `  JAX ${jax.version}, start and compilation included: ${rate(inJax!)}: pool × ${(inJax! / pool!).toFixed(2)}`,
  );
  console.log(`  its updates alone: ${rate(alone)}; it draws no prompts after the first, evaluates and saves nothing`);
}

/** What JAX trains of a seed: the task and start values of its run, on the prompts of its first step. */
function problemFor(preset: string, seed: number): PeerProblem {
  const { raw, where } = loadPreset(preset);
  const whole = createExperiment(resolveConfig(raw, where, [{ path: 'seed', value: seed }]).config, where);
  if (whole.config.task['training_set'] === 'population') return populationProblem(problemOf(whole));
  const { experiment, batch } = onOneBatch(whole);
  const problem = sequenceProblem(experiment, batch);
  if (!problem) throw new Error(`${preset}: JAX has no script for it`);
  return problem;
}

console.log(`${availableParallelism()} cores, load before ${loadavg()[0]!.toFixed(2)}, medians of ${rounds} rounds`);
for (const which of slow) await twoAgainstOne(which);
for (const which of many) await poolAgainstLoop(which);
