import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RandomStream } from '../../src/core/random.ts';
import { type Inside, lookInside, withInside } from '../cli/inside.ts';
import { until } from '../cli/program.ts';
import { patience, pick } from './common.ts';
import { openFiles, residentBytes, signal } from './processes.ts';
import type { Shell } from './shell.ts';
import { type Going, Stage } from './stage.ts';
import { Witness } from './witness.ts';

/** What one process holds. */
interface Held extends Pick<Inside, 'live' | 'timers'> {
  /** The most that was resident since the sample before, in bytes: the garbage of the moment counts, be it early or late. */
  readonly resident: number;
  readonly files: number;
}

export interface Sample {
  readonly step: number;
  readonly trainer: Held;
  readonly screen: Held;
  readonly journalBytes: number;
  /** Screens and other clients that have come and gone so far. */
  readonly visits: number;
}

/** A run is warm after a fifth of it, and so many steps at least: code is compiled, curves are laid out, buffers have their size. */
const warmShare = 0.2;
const warmSteps = 10_000;
/** Samples a run. */
const count = 10;

/**
 * Trains so many tiny steps at full speed before a screen that stays, while others attach, watch, leave and are killed.
 * @param tell is given a line at every sample
 */
export async function soak(steps: number, seed: number, tell: (line: string) => void): Promise<Sample[]> {
  const stage = new Stage();
  const stream = RandomStream.named(seed, 'soak');
  const samples: Sample[] = [];
  try {
    const environment = withInside({}, stage.folder);
    const settings = ['train.pace=0', `evaluate.every=${steps / 100}`, 'snapshot.every=10000', 'snapshot.keep=3'];
    const run = await stage.going(settings, { environment });
    const screen = stage.shell(['attach', run.name], environment);
    await screen.see(/● training/, patience);
    const pid = await screen.program();
    const peaks = { trainer: new Peak(run.pid), screen: new Peak(pid) };
    stage.atEnd(() => Object.values(peaks).forEach((peak) => void peak.end()));
    await run.witness.untilFurther(steps / 50);
    // Loading and compiling take more for a moment than anything later.
    for (const peak of Object.values(peaks)) peak.take();
    let visits = 0;
    for (let sample = 1; sample <= count; sample++) {
      do {
        await visit(stage, run, stream);
        visits++;
        if (run.witness.isClosed || screen.hasEnded) throw new Error(`the run or its screen ended:\n${screen.text}`);
      } while (run.witness.step < (steps * sample) / count);
      const journalBytes = statSync(join(run.folder, 'journal.jsonl')).size;
      const trainer = await held(stage, peaks.trainer);
      samples.push({ step: run.witness.step, trainer, screen: await held(stage, peaks.screen), journalBytes, visits });
      tell(rowOf(samples.at(-1)!));
    }
    await left(screen);
    return samples;
  } finally {
    await stage.leave();
  }
}

/** The most that is resident in a process, looked at four times a second. */
class Peak {
  #most = 0;
  readonly #timer = setInterval(() => this.#look(), 250);
  readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** In bytes, since the last call. */
  take(): number {
    this.#look();
    const most = this.#most;
    this.#most = 0;
    return most;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    // A process that has just ended has no size any more; that it ended is said elsewhere.
    if (existsSync(`/proc/${this.pid}/status`)) this.#most = Math.max(this.#most, residentBytes(this.pid) || 0);
  }
}

/** Looks of which the least counts: a file that is being written, or a timer that is about to end, is no growth. */
const looks = 5;

async function held(stage: Stage, peak: Peak): Promise<Held> {
  const resident = peak.take();
  const { pid } = peak;
  const seen: Omit<Held, 'resident'>[] = [];
  for (let look = 0; look < looks; look++) {
    seen.push({ ...(await lookInside(stage.folder, pid)), files: openFiles(pid) });
    await sleep(50);
  }
  const least = (get: (one: Omit<Held, 'resident'>) => number) => Math.min(...seen.map(get));
  return {
    resident,
    live: least(({ live }) => live),
    timers: least(({ timers }) => timers),
    files: least(({ files }) => files),
  };
}

/** Somebody comes and goes: a client that watches, one that breaks off, a screen that is left or killed. */
async function visit(stage: Stage, run: Going, stream: RandomStream): Promise<void> {
  const kind = pick(stream, ['watch', 'watch', 'break', 'screen', 'kill'] as const);
  if (kind === 'watch' || kind === 'break') {
    const client = new Witness(stage.socketOf(run.folder)!);
    await until(() => client.status !== undefined, patience);
    if (kind === 'watch') {
      await client.ask({ type: 'watch', rate: 30, ablation: stream.integer(2) === 0 });
      await client.untilFurther(1 + stream.integer(500));
    }
    client.close();
    return;
  }
  const screen = stage.shell(['attach', run.name]);
  const pid = await screen.program();
  await screen.see(/● training/, patience);
  if (kind === 'kill') {
    screen.isLost = true;
    signal(pid, 'SIGKILL');
    await screen.ended();
  } else await left(screen);
}

async function left(screen: Shell): Promise<void> {
  screen.press('qd');
  await screen.requireRestored();
}

/** What is more at the end than when the run was warm. */
export function complaintsOf(samples: readonly Sample[]): string[] {
  const last = samples.at(-1)!;
  const warm = Math.max(warmShare * last.step, Math.min(warmSteps, last.step / 2));
  const before = samples.filter((_, index) => index === 0 || samples[index - 1]!.step < warm);
  const complaints: string[] = [];
  const require = (what: string, get: (sample: Sample) => number, most: number, more = 0): void => {
    const from = Math.max(...before.map(get));
    const to = Math.min(...samples.slice(-stays).map(get));
    if (to > from * (1 + most) + more) complaints.push(`${what}: ${to}, at most ${from} when warm`);
  };
  for (const whose of ['trainer', 'screen'] as const) {
    require(`${whose}, resident bytes`, (sample) => sample[whose].resident, 0.05);
    require(`${whose}, live bytes`, (sample) => sample[whose].live, 0.05);
    // A file may be read at any moment, one timer be for the next frame and one for the next request; a leak is one a visit.
    require(`${whose}, open files`, (sample) => sample[whose].files, 0, 1);
    require(`${whose}, timers`, (sample) => sample[whose].timers, 0, 2);
  }
  if (last.journalBytes > mostJournal) complaints.push(`the journal has ${last.journalBytes} bytes`);
  return complaints;
}

/** Samples of which the least counts at the end: some 24 MB more are held for a moment now and then, a leak stays. */
const stays = 3;

/** Lines of metrics are thinned out, so that a journal of a million steps stays below this, in bytes. */
const mostJournal = 16 * 2 ** 20;

const heading = [
  'step',
  'visits',
  'journal',
  ...['trainer', 'screen'].flatMap((whose) => [`${whose}: resident`, 'live', 'files', 'timers']),
];

export function tableOf(samples: readonly Sample[]): string {
  return [`| ${heading.join(' | ')} |`, `|${' --- |'.repeat(heading.length)}`, ...samples.map(rowOf)].join('\n');
}

function rowOf({ step, visits, journalBytes, trainer, screen }: Sample): string {
  const ofProcess = (held: Held) => [megabytes(held.resident), megabytes(held.live), held.files, held.timers];
  return `| ${[step, visits, megabytes(journalBytes), ...ofProcess(trainer), ...ofProcess(screen)].join(' | ')} |`;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
