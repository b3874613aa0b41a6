/**
 * Training throughput with the screen attached against headless, unpaced, one thread: pairs in turn, so that a slow
 * moment of the machine hits both. Also the CPU seconds that the screen's process used.
 *
 *     npm run bench:screen -- --pairs 10
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunEvent } from '../../src/protocol/events.ts';
import { sandbox, until } from '../cli/program.ts';
import { spawnTerminal } from '../cli/terminal.ts';

const { values: flags } = parseArgs({ options: { pairs: { type: 'string', default: '10' } } });
const pairs = Number(flags.pairs);
const cases = [
  { name: 'yang-quick (≈0.1 ms a step)', words: ['yang-quick', '--steps', '40000'] },
  { name: 'yang-fig2a (≈8 ms a step)', words: ['yang-fig2a', '--steps', '500'] },
];

const box = sandbox();
let runs = 0;

/** Steps a second from the first to the last line of a run's journal. */
function throughput(run: string): number {
  const lines = readFileSync(join(box.folder, 'snapshots', run, 'journal.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const events = lines.map((line) => JSON.parse(line) as RunEvent);
  const first = events.find((event) => event.type === 'run_started')!;
  const last = events.find((event) => event.type === 'run_finished')!;
  return (1000 * last.step) / (Date.parse(last.time) - Date.parse(first.time));
}

const flagsOf = (run: string) => ['--set', 'train.pace=0', '--threads', '1', '--name', run];

async function headless(words: readonly string[]): Promise<number> {
  const run = `run-${runs++}`;
  const { code, err } = await box.run('train', ...words, '--headless', ...flagsOf(run));
  if (code !== 0) throw new Error(err);
  return throughput(run);
}

async function withScreen(words: readonly string[]): Promise<{ speed: number; cpu: number; wall: number }> {
  const run = `run-${runs++}`;
  const started = performance.now();
  const screen = spawnTerminal(box.folder, box.environment, ['train', ...words, ...flagsOf(run)], 120, 40);
  // A terminal that costs next to nothing, as one at the other end of a connection does.
  screen.onData(() => {});
  const exited = new Promise<void>((resolve) => screen.onExit(() => resolve()));
  await until(() => isFinished(run), 120_000, 200);
  const wall = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(screen.pid);
  screen.write('q');
  await exited;
  return { speed: throughput(run), cpu, wall };
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
    const rows: { plain: number; speed: number; cpu: number; wall: number }[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      // Who goes first changes from pair to pair.
      const early = pair % 2 === 0 ? await headless(words) : undefined;
      const screen = await withScreen(words);
      rows.push({ ...screen, plain: early ?? (await headless(words)) });
    }
    const of = (pick: (row: (typeof rows)[number]) => number) => median(rows.map(pick));
    console.log(
      `${name}: headless ${of((row) => row.plain).toFixed(0)} steps/s, with screen ${of((row) => row.speed).toFixed(0)} steps/s; ` +
        `ratio ${(100 * of((row) => row.speed / row.plain)).toFixed(1)} % (median of ${pairs} pairs); ` +
        `screen process ${of((row) => row.cpu).toFixed(2)} CPU s in ${of((row) => row.wall).toFixed(1)} s`,
    );
  }
} finally {
  box.remove();
}
process.exit(0);
