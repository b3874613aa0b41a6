/**
 * Training throughput with the screen attached, without and with the pruning board and its ablation, against headless,
 * unpaced, one thread: rounds in turn, so that a slow moment of the machine hits all. Also the CPU time that the trainer
 * takes for a step, which what else the machine does moves less, and that of the screen's process. Exit code 1 when the
 * median of the rounds is below 95 % without the board, or 90 % with it.
 *
 *     npm run bench:screen -- --rounds 10
 */
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../src/protocol/events.ts';
import { sandbox, until } from '../cli/program.ts';
import { spawnTerminal } from '../cli/terminal.ts';
import { flagsOf, wholeNumber } from './flags.ts';

const flags = flagsOf({ rounds: { type: 'string', default: '10' } }, import.meta.url);
const rounds = wholeNumber('rounds', flags.rounds);
const cases = [
  { name: 'yang-quick (≈0.1 ms a step)', words: ['yang-quick', '--steps', '60000'] },
  { name: 'yang-fig2a (≈8 ms a step)', words: ['yang-fig2a', '--steps', '1000'] },
];

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Goes to the board of a run of these presets, and closes it. */
const boardKey = '6';

/** Least share of the headless throughput. */
const limits = { without: 0.95, with: 0.9 };
let failures = 0;

const box = sandbox();
let runs = 0;

function eventsOf(run: string): RunEvent[] {
  const lines = readFileSync(journalOf(run), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

/** Steps a second over the second half, when theory has been computed and code has been compiled. */
function throughput(events: readonly RunEvent[]): number {
  const last = events.find(({ type }) => type === 'run_finished')!;
  const first = events.find(({ type, step }) => type === 'metrics' && step >= last.step / 2)!;
  return (1000 * (last.step - first.step)) / (Date.parse(last.time) - Date.parse(first.time));
}

const settingsOf = (run: string) => ['--set', 'train.pace=0', '--threads', '1', '--name', run];

async function headless(words: readonly string[]): Promise<Measured> {
  const run = `run-${runs++}`;
  const running = box.run('train', ...words, '--headless', ...settingsOf(run));
  const stepCost = await trainerCost(run, stepsOf(words));
  const { code, err } = await running;
  if (code !== 0) throw new Error(err);
  return { speed: throughput(eventsOf(run)), stepCost };
}

interface Measured {
  readonly speed: number;
  /** CPU microseconds of the trainer for a step. */
  readonly stepCost: number;
}

const stepsOf = (words: readonly string[]) => Number(words[words.indexOf('--steps') + 1]);

/** What a step costs the process that trains a run, from a third of its steps on, when code has been compiled. */
async function trainerCost(run: string, steps: number): Promise<number> {
  const marks: { step: number; cpu: number }[] = [];
  let seen = 0;
  await until(() => existsSync(journalOf(run)) && pidOf(run) !== undefined, 30_000);
  const pid = pidOf(run)!;
  const look = () => {
    const step = Number([...tailOf(run).matchAll(/"step":(\d+)/g)].at(-1)?.[1] ?? 0);
    // Lines are written ten times a second: only a new one says where the run stands now.
    if (step !== seen && step >= steps / 3 && existsSync(`/proc/${pid}`)) marks.push({ step, cpu: cpuSeconds(pid) });
    seen = step;
    return step >= 0.97 * steps;
  };
  await until(look, 120_000, 5);
  const [first, last] = [marks[0]!, marks.at(-1)!];
  return (1e6 * (last.cpu - first.cpu)) / (last.step - first.step);
}

/** The process that trains a run, as the index of live runs has it. */
function pidOf(run: string): number | undefined {
  const entries = readdirSync(box.folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^incline[^/]*\/[0-9a-f]{12}\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(join(box.folder, file), 'utf8')) as { run: string; pid: number });
  return entries.find((entry) => entry.run === run)?.pid;
}

interface WithScreen extends Measured {
  readonly cpu: number;
  readonly wall: number;
}

async function withScreen(words: readonly string[], board: 'without' | 'with'): Promise<WithScreen> {
  const run = `run-${runs++}`;
  const screen = spawnTerminal(
    box.folder,
    box.environment,
    ['train', ...words, '--paused', ...settingsOf(run)],
    120,
    40,
  );
  // A terminal that costs next to nothing, as one at the other end of a connection does.
  screen.onData(() => {});
  await until(() => existsSync(journalOf(run)), 30_000);
  // Panels are numbered once the first picture has come.
  await pause(1500);
  if (board === 'without') screen.write(boardKey + boardKey);
  await pause(500);
  const [started, before] = [performance.now(), cpuSeconds(screen.pid)];
  screen.write(' ');
  const exited = new Promise<void>((resolve) => screen.onExit(() => resolve()));
  const stepCost = await trainerCost(run, stepsOf(words));
  await until(() => tailOf(run).includes('"type":"run_finished"'), 120_000, 200);
  const wall = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(screen.pid) - before;
  screen.write('q');
  await exited;
  const events = eventsOf(run);
  const training = events.slice(events.findIndex(({ type }) => type === 'resumed'));
  if (training.some(({ type }) => type === 'ledger') !== (board === 'with'))
    throw new Error(`${run}: not ${board} a ablation`);
  return { speed: throughput(events), stepCost, cpu, wall };
}

const journalOf = (run: string) => join(box.folder, 'snapshots', run, 'journal.jsonl');

/** The last lines of a run's journal. */
function tailOf(run: string): string {
  const file = openSync(journalOf(run), 'r');
  const tail = Buffer.alloc(4096);
  const { size } = fstatSync(file);
  const length = readSync(file, tail, 0, tail.length, Math.max(0, size - tail.length));
  closeSync(file);
  return tail.toString('utf8', 0, length);
}

/** User and system time of a process so far (Linux counts in hundredths of a second). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

try {
  for (const { name, words } of cases) {
    const rows: { plain: Measured; without: WithScreen; with: WithScreen }[] = [];
    for (let round = 0; round < rounds; round++) {
      // Who goes first changes from round to round.
      const early = round % 2 === 0 ? await headless(words) : undefined;
      const screens = { without: await withScreen(words, 'without'), with: await withScreen(words, 'with') };
      rows.push({ ...screens, plain: early ?? (await headless(words)) });
    }
    const of = (pick: (row: (typeof rows)[number]) => number) => median(rows.map(pick));
    console.log(
      `${name}: headless ${of((row) => row.plain.speed).toFixed(0)} steps/s, ${of((row) => row.plain.stepCost).toFixed(1)} CPU µs a step, medians of ${rounds} rounds`,
    );
    for (const board of ['without', 'with'] as const) {
      const share = of((row) => row[board].speed / row.plain.speed);
      const passed = share >= limits[board];
      if (!passed) failures++;
      console.log(
        `${passed ? 'ok  ' : 'FAIL'} screen ${board} the pruning board: ${of((row) => row[board].speed).toFixed(0)} steps/s, ` +
          `${(100 * share).toFixed(1)} % of headless (at least ${100 * limits[board]}), ` +
          `${of((row) => row[board].stepCost).toFixed(1)} CPU µs a step, ${(100 * of((row) => row[board].stepCost / row.plain.stepCost)).toFixed(1)} %; ` +
          `its process ${of((row) => row[board].cpu).toFixed(2)} CPU s in ${of((row) => row[board].wall).toFixed(1)} s`,
      );
    }
  }
} finally {
  box.remove();
}
process.exit(failures > 0 ? 1 : 0);
