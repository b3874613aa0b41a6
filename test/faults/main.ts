/**
 * Injects faults into the built program, with real processes in real terminals, and says what was lost.
 *
 *     npm run test:faults                            200 trials of each kind
 *     npm run test:faults -- --only NAME --seed N --trials 1    one of them again
 *     npm run test:faults -- --trials 50 --jobs 2 --minutes 30  as many kinds at once; no trial begins after so long
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Fault } from './fault.ts';
import { faults } from './kinds/registry.ts';
import { Stage } from './stage.ts';
import { againOf, tableOf } from './table.ts';
import { type Outcome, tryFault } from './trials.ts';

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '50' },
    /** Set in the process that tries one kind for this one. */
    child: { type: 'boolean', default: false },
  },
});
const [trials, seed, jobs, minutes] = [values.trials, values.seed, values.jobs, values.minutes].map(Number);
const unknown = values.only.find((name) => !faults.some((fault) => fault.name === name));
if (unknown) throw new Error(`no kind ${unknown}; there are ${faults.map(({ name }) => name).join(', ')}`);
const chosen = values.only.length > 0 ? faults.filter(({ name }) => values.only.includes(name)) : faults;

if (values.child) {
  for (const end of ['SIGINT', 'SIGTERM', 'disconnect'] as const) {
    process.once(end, () => {
      Stage.abandonAll();
      process.exit(1);
    });
  }
  const outcome = await tryFault(chosen[0]!, trials!, seed!, performance.now() + 60_000 * minutes!);
  process.send!(outcome, () => process.exit());
} else {
  await tryAll();
}

async function tryAll(): Promise<void> {
  const deadline = performance.now() + 60_000 * minutes!;
  console.log(`${chosen.length} kinds, ${trials} trials each, from seed ${seed}`);
  const waiting = [...chosen];
  const outcomes: Outcome[] = [];
  const lane = async (): Promise<void> => {
    for (let fault = waiting.shift(); fault; fault = waiting.shift()) {
      // What is left of the time is shared by the kinds that are left.
      const share = ((deadline - performance.now()) * jobs!) / (waiting.length + jobs!);
      const outcome = await inProcess(fault, share);
      outcomes.push(outcome);
      const { name, seconds, losses, trials: done } = outcome;
      console.log(`${name}: ${done} trials in ${seconds.toFixed(0)} s, ${losses.length} losses`);
      for (const loss of losses) console.log(`  again: ${againOf(name, loss)}`);
    }
  };
  await Promise.all(Array.from({ length: jobs! }, lane));
  console.log(tableOf(outcomes));
  if (outcomes.some(({ losses }) => losses.length > 0)) process.exitCode = 1;
}

/** Tries a kind in a process of its own: one that hangs or dies is a loss like any other. */
function inProcess(fault: Fault, milliseconds: number): Promise<Outcome> {
  const words = ['--child', '--only', fault.name, '--trials', String(trials), '--seed', String(seed)];
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), [
    ...words,
    '--minutes',
    String(milliseconds / 60_000),
  ]);
  const started = performance.now();
  let outcome: Outcome | undefined;
  child.on('message', (message) => {
    outcome = message as Outcome;
  });
  const impatience = setTimeout(() => child.kill('SIGKILL'), milliseconds + 120_000);
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      clearTimeout(impatience);
      const message = `the process that injects it ended with ${code ?? signal}`;
      const seconds = (performance.now() - started) / 1000;
      resolve(outcome ?? { name: fault.name, trials: 0, seconds, losses: [{ seed: seed!, message }] });
    });
  });
}
