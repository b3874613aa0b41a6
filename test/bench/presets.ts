/**
 * How long presets take on two free cores, whatever else this machine does: the processor seconds of the busiest thread, or
 * half those of all threads, where that is more. Of long ones the first steps are measured, and the others counted as these;
 * a curriculum is taken at its end. Writes presets/times/two_cores.json, from which `presets list` and the home screen have
 * their times. Linux only, as it reads /proc.
 *
 *     npm run bench:presets                      all presets that ship
 *     npm run bench:presets -- --only yang-fig3  one of them anew; the others stay
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { packageFile } from '../../src/core/package_files.ts';
import { loadPreset, presetNames } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { timesFile } from '../../src/presets/times.ts';
import type { RunConfig } from '../../src/protocol/config.ts';
import { program } from '../cli/program.ts';
import { flagsOf } from './flags.ts';

const { only } = flagsOf({ only: { type: 'string', multiple: true } }, import.meta.url);

/** Processor seconds of steps from which those of the others are known well enough. */
const enough = 1;
/** Seconds that the steps between two evaluations may take to be measured; of more, evaluations are next to nothing. */
const mostBetween = 20;
/** /proc counts in hundredths of a second on Linux, whatever the machine. */
const ticks = 100;

/** Processor seconds so far of the threads of a process, by thread. */
function threadSeconds(pid: number): [string, number][] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => {
      const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return [thread, (Number(fields[11]) + Number(fields[12])) / ticks];
    });
  } catch {
    return []; // It has ended.
  }
}

/** Seconds on two free cores of a run of so many steps. */
async function secondsOf(words: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'incline-bench-'));
  const environment = { ...process.env, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder };
  const given = ['train', ...words, '--headless', '--set', 'train.pace=0', '--dir', folder, '--name', 'run'];
  const child = spawn(process.execPath, [program, ...given], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = once(child, 'exit');
  const threads = new Map<string, number>();
  while (child.exitCode === null && child.signalCode === null) {
    for (const [thread, seconds] of threadSeconds(child.pid!)) threads.set(thread, seconds);
    await setTimeout(20);
  }
  await exit;
  rmSync(folder, { recursive: true });
  if (child.exitCode !== 0) throw new Error(`${words.join(' ')} ended with status ${child.exitCode}`);
  const each = [...threads.values()];
  const all = each.reduce((sum, seconds) => sum + seconds, 0);
  return Math.max(...each, all / 2);
}

/** Settings that begin a curriculum where it ends. */
function atTheEnd({ task }: RunConfig): string[] {
  const curriculum = task['curriculum'] as Readonly<Record<string, number>> | undefined;
  if (curriculum === undefined) return [];
  return ['dim', 'points'].flatMap((what) => ['--set', `task.curriculum.${what}_start=${curriculum[`${what}_end`]}`]);
}

/** Seconds of a whole run: measured, or from two beginnings of it whose evaluations are as frequent as those of the whole. */
async function secondsOfPreset(name: string): Promise<number> {
  const { raw, where } = loadPreset(name);
  const { config } = resolveConfig(raw, where);
  const { steps, budget_s: budget } = config.train;
  const { every } = config.evaluate;
  const measured = (count: number, ...settings: readonly string[]) =>
    secondsOf([name, '--steps', String(count), ...atTheEnd(config), ...settings]);
  const within = (start: number, rest: number) => start + (budget > 0 ? Math.min(rest, budget) : rest);
  const light = ['--set', 'evaluate.prompts=8', '--set', 'probe.prompts=1'];
  const one = await measured(1, ...light);
  const each = ((await measured(5, ...light)) - one) / 4;
  if (each * every > mostBetween) return within(one, each * (steps - 1));
  const few = Math.min(steps, every);
  const start = await measured(few);
  for (let count = 2 * few; count < steps; ) {
    const seconds = (await measured(count)) - start;
    if (seconds >= enough) return within(start, (seconds * (steps - few)) / (count - few));
    // As many as are likely to be enough, in whole times between evaluations.
    count += few * Math.ceil((count / few) * Math.min(15, Math.max(1, enough / Math.max(seconds, 0.01))));
  }
  return few === steps ? start : measured(steps);
}

const file = packageFile(timesFile);
const names = only ?? presetNames();
for (const name of names) {
  const { seconds } = JSON.parse(readFileSync(file, 'utf8')) as { seconds: Record<string, number> };
  const taken = Number((await secondsOfPreset(name)).toPrecision(2));
  console.log(`${name} ${taken} s`);
  const all = Object.entries({ ...seconds, [name]: taken }).sort(([a], [b]) => (a < b ? -1 : 1));
  const measured = `npm run bench:presets, ${cpus()[0]!.model}, Node ${process.version}`;
  writeFileSync(file, `${JSON.stringify({ measured, seconds: Object.fromEntries(all) }, null, 2)}\n`);
}
