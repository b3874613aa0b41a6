/**
 * Training throughput with the screen attached, without and with the pruning board and its ledger, against headless,
 * unpaced, one thread: rounds in turn, so that a slow moment of the machine hits all. Also the CPU seconds that the
 * screen's process used. Exit code 1 when the median of the rounds is below 95 % without the board, or 90 % with it.
 *
 *     npm run bench:screen -- --rounds 10
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../src/protocol/events.ts';
import { sandbox, until } from '../cli/program.ts';
import { spawnTerminal } from '../cli/terminal.ts';
import { flagsOf, wholeNumber } from './flags.ts';

const flags = flagsOf({ rounds: { type: 'string', default: '10' } });
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
  const lines = readFileSync(join(box.folder, 'snapshots', run, 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

/** Steps a second over the second half, when theory has been computed and code has been compiled. */
function throughput(events: readonly RunEvent[]): number {
  const last = events.find(({ type }) => type === 'run_finished')!;
  const first = events.find(({ type, step }) => type === 'metrics' && step >= last.step / 2)!;
  return (1000 * (last.step - first.step)) / (Date.parse(last.time) - Date.parse(first.time));
}

const settingsOf = (run: string) => ['--set', 'train.pace=0', '--threads', '1', '--name', run];

async function headless(words: readonly string[]): Promise<number> {
  const run = `run-${runs++}`;
  const { code, err } = await box.run('train', ...words, '--headless', ...settingsOf(run));
  if (code !== 0) throw new Error(err);
  return throughput(eventsOf(run));
}

interface WithScreen {
  readonly speed: number;
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
  await until(() => existsSync(join(box.folder, 'snapshots', run, 'journal.jsonl')), 30_000);
  // Panels are numbered once the first picture has come.
  await pause(1500);
  if (board === 'without') screen.write(boardKey + boardKey);
  await pause(500);
  const [started, before] = [performance.now(), cpuSeconds(screen.pid)];
  screen.write(' ');
  const exited = new Promise<void>((resolve) => screen.onExit(() => resolve()));
  await until(() => isFinished(run), 120_000, 200);
  const wall = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(screen.pid) - before;
  screen.write('q');
  await exited;
  const events = eventsOf(run);
  const training = events.slice(events.findIndex(({ type }) => type === 'resumed'));
  if (training.some(({ type }) => type === 'ledger') !== (board === 'with'))
    throw new Error(`${run}: not ${board} a ledger`);
  return { speed: throughput(events), cpu, wall };
}

/** Whether the last line of a run's journal says so. */
function isFinished(run: string): boolean {
  const path = join(box.folder, 'snapshots', run, 'journal.jsonl');
  if (!existsSync(path)) return false;
  const file = openSync(path, 'r');
  const tail = Buffer.alloc(4096);
  const { size } = fstatSync(file);
  const length = readSync(file, tail, 0, tail.length, Math.max(0, size - tail.length));
  closeSync(file);
  return tail.toString('utf8', 0, length).includes('"type":"run_finished"');
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
    const rows: { plain: number; without: WithScreen; with: WithScreen }[] = [];
    for (let round = 0; round < rounds; round++) {
      // Who goes first changes from round to round.
      const early = round % 2 === 0 ? await headless(words) : undefined;
      const screens = { without: await withScreen(words, 'without'), with: await withScreen(words, 'with') };
      rows.push({ ...screens, plain: early ?? (await headless(words)) });
    }
    const of = (pick: (row: (typeof rows)[number]) => number) => median(rows.map(pick));
    console.log(`${name}: headless ${of((row) => row.plain).toFixed(0)} steps/s, medians of ${rounds} rounds`);
    for (const board of ['without', 'with'] as const) {
      const share = of((row) => row[board].speed / row.plain);
      const passed = share >= limits[board];
      if (!passed) failures++;
      console.log(
        `${passed ? 'ok  ' : 'FAIL'} screen ${board} the pruning board: ${of((row) => row[board].speed).toFixed(0)} steps/s, ` +
          `${(100 * share).toFixed(1)} % of headless (at least ${100 * limits[board]}); ` +
          `its process ${of((row) => row[board].cpu).toFixed(2)} CPU s in ${of((row) => row[board].wall).toFixed(1)} s`,
      );
    }
  }
} finally {
  box.remove();
}
process.exit(failures > 0 ? 1 : 0);
