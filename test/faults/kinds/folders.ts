import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { until } from '../../cli/program.ts';
import { requireOneLine, wholeJournal } from '../checks.ts';
import { isRoot, needsRoot, patience, pick } from '../common.ts';
import type { Fault } from '../fault.ts';
import { isAlive, signal } from '../processes.ts';
import type { Going, Stage } from '../stage.ts';

/** A user that owns nothing. */
const nobody = 65534;

/** Waits until the trainer has said that it cannot write, and holds. */
async function untilHeld({ witness, folder }: Going): Promise<void> {
  await until(() => witness.status?.state === 'paused' || witness.isClosed, patience);
  requireThere({ witness }, folder);
  // The status goes out first. What was said of the disk and not taken back holds.
  const ofDisk = (event: RunEvent) =>
    event.type === 'alert' && (event.kind === 'disk' || event.message.includes('writes again'));
  const isSaid = () => {
    const last = witness.heard.findLast(({ event }) => ofDisk(event))?.event;
    return last?.type === 'alert' && last.kind === 'disk';
  };
  await until(isSaid, patience).catch(() => {
    throw new Error('held without a word');
  });
}

/** The trainer still talks to its client. */
function requireThere({ witness }: Pick<Going, 'witness'>, folder: string): void {
  assert(!witness.isClosed, `the trainer has let its client go; its log:\n${logOf(folder)}`);
}

/** The last of what a trainer said, be its folder readable or not. */
function logOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'trainer.log'), 'utf8').slice(-2000);
  } catch (error) {
    return String(error);
  }
}

/** What a person does once the disk is mended: save, and go on. */
async function goOn({ witness }: Going): Promise<void> {
  const saved = await witness.ask({ type: 'snapshot', why: 'key' });
  assert(saved.ok, saved.error);
  if (witness.status?.state === 'paused') await witness.ask({ type: 'resume' });
  await witness.untilFurther(20);
}

/** Saves often, so that a disk that refuses is noticed soon. */
const saving = ['snapshot.every=30', 'snapshot.keep=3'];

export const fullDisk: Fault = {
  name: 'full-disk',
  injected: 'the disk of the run folder is full (a small tmpfs), at any moment, with so many bytes free',
  expected: 'the run holds and says so; with room again it goes on, no line lost',
  obstacle: () => needsRoot() ?? whyNoMount(),
  async begin(stage) {
    const disk = stage.makeFolder('snapshots');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'none', disk]);
    // What is killed at the end may still be going.
    stage.atEnd(() => void execFileSync('umount', ['--lazy', disk]));
    const filler = join(disk, 'filler');
    let run = await stage.going(saving);
    return async (stream, number) => {
      if (number % 10 === 9) run = await renewed(stage, run, saving);
      await sleep(200 * stream.uniform());
      fill(filler, stream.integer(200_000));
      await untilHeld(run);
      await sleep(100 * stream.uniform());
      rmSync(filler);
      await goOn(run);
    };
  },
};

/** Containers may keep root from mounting. */
function whyNoMount(): string | undefined {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'nothing can be mounted';
  }
}

/** A new run in place of one whose journal would fill the disk by itself. */
async function renewed(stage: Stage, run: Going, settings: readonly string[]): Promise<Going> {
  await run.witness.ask({ type: 'stop' });
  await stage.gone(run);
  await stage.requireSound();
  return stage.going(settings);
}

/** Fills a disk but for so many bytes. */
function fill(path: string, left: number): void {
  let size = 0;
  for (let block = 2 ** 20; block >= 4096; ) {
    try {
      writeFileSync(path, Buffer.alloc(block), { flag: 'a' });
      size += block;
    } catch {
      block /= 2;
    }
  }
  truncateSync(path, Math.max(0, size - left));
}

export const fullOutput: Fault = {
  name: 'full-output',
  injected: 'standard output is on a full disk (`> /dev/full`), of a run without a screen, as text and as JSON',
  expected: 'the run goes on to its end, saved, with one line on standard error, status 2',
  async begin(stage) {
    const full = openSync('/dev/full', 'w');
    stage.atEnd(() => closeSync(full));
    return async (_stream, number) => {
      const name = stage.freshName();
      const text = stage.headless(name, 100);
      const words = number % 2 === 0 ? text : text.map((word) => (word === '--headless' ? '--json' : word));
      const program = stage.start(words, { stdio: ['ignore', full, 'pipe'] });
      await program.ended;
      // What was asked for, printed numbers, did not come.
      assert.equal(program.status, 2, program.err);
      requireOneLine(program.err, /ENOSPC|no space|full/i);
      const last = (await wholeJournal(stage.runFolder(name))).at(-1);
      assert.equal(last?.type, 'run_finished');
    };
  },
};

export const readOnlyFolder: Fault = {
  name: 'read-only',
  injected: 'the run folder becomes read-only while the run goes on',
  expected: 'the run holds and says so; with the right back it goes on, no line lost',
  async begin(stage) {
    // Root may write everywhere.
    const before = isRoot ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : [];
    if (isRoot) chownSync(stage.folder, nobody, nobody);
    const run = await stage.going(saving, { before });
    return async (stream) => {
      await sleep(200 * stream.uniform());
      chmodSync(run.folder, pick(stream, [0o500, 0o555, 0o100]));
      await untilHeld(run);
      await sleep(100 * stream.uniform());
      chmodSync(run.folder, 0o700);
      await goOn(run);
    };
  },
};

export const renamedFolder: Fault = {
  name: 'renamed-folder',
  injected: 'the run folder is renamed while the run goes on, and named back',
  expected: 'the run holds and says so; with its folder back it goes on, no line lost',
  async begin(stage) {
    const run = await stage.going(saving);
    return async (stream) => {
      await sleep(200 * stream.uniform());
      renameSync(run.folder, `${run.folder}-away`);
      await untilHeld(run);
      renameSync(`${run.folder}-away`, run.folder);
      await goOn(run);
    };
  },
};

export const removedFolder: Fault = {
  name: 'removed-folder',
  injected: 'the run folder is removed while the run goes on; then it is stopped',
  expected: 'the run holds, says so, and ends when it is told to; no folder appears anew',
  async begin(stage) {
    return async (stream) => {
      const run = await stage.going(saving);
      await sleep(300 * stream.uniform());
      // Out of sight at once: its files go one by one, while the trainer writes new ones.
      const trash = stage.makeFolder('trash');
      renameSync(run.folder, join(trash, run.name));
      rmSync(trash, { recursive: true });
      await untilHeld(run);
      stage.lost(run);
      signal(run.pid, 'SIGTERM');
      await until(() => !isAlive(run.pid), patience).catch(() => {
        throw new Error('it does not end on SIGTERM');
      });
      assert(!existsSync(run.folder), 'its folder is there again');
    };
  },
};

export const replacedFolder: Fault = {
  name: 'replaced-folder',
  injected: 'another run stands in the place of the run folder while the run goes on; then it is named back',
  expected: 'no file of the other run is changed or removed; with its folder back the run goes on, no line lost',
  async begin(stage) {
    const other = stage.freshName();
    const made = await stage.run(...stage.headless(other, 400, '--set', 'snapshot.every=100'));
    assert.equal(made.status, 0, made.err);
    const run = await stage.going(saving);
    stage.hold(other);
    const before = contents(stage.runFolder(other));
    return async (stream) => {
      await sleep(200 * stream.uniform());
      renameSync(run.folder, `${run.folder}-away`);
      renameSync(stage.runFolder(other), run.folder);
      const last = run.witness.step + 80;
      const isSeen = () => run.witness.status?.state === 'paused' || run.witness.step >= last;
      await until(() => isSeen() || run.witness.isClosed, patience);
      requireThere(run, `${run.folder}-away`);
      renameSync(run.folder, stage.runFolder(other));
      renameSync(`${run.folder}-away`, run.folder);
      const after = contents(stage.runFolder(other));
      // A save that had begun when the folder was moved away ends there, under a name of its own.
      const added = Object.keys(after).filter((name) => !(name in before));
      assert(added.length <= 1, `${added.length} files were added to the other run`);
      for (const name of added) rmSync(join(stage.runFolder(other), name));
      assert.deepEqual(contents(stage.runFolder(other)), before, 'the other run has changed');
      await goOn(run);
    };
  },
};

/** The files of a folder and what is in them. */
function contents(folder: string): Record<string, string> {
  const digest = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
  return Object.fromEntries(readdirSync(folder).map((name) => [name, digest(name)]));
}
