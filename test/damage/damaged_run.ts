import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../src/core/errors.ts';
import type { RandomStream } from '../../src/core/random.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { compareFigure } from '../../src/runs/compare/figure.ts';
import { loadCompared } from '../../src/runs/compare/load.ts';
import { compareCsv, compareJson } from '../../src/runs/compare/report.ts';
import { fileRecord, folderRecord } from '../../src/runs/open_replay.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { listRuns as catalogue } from '../../src/store/catalogue.ts';
import { bestOf, describeRun } from '../../src/store/library.ts';
import { createRunFolder, readRunRecord } from '../../src/store/run_folder.ts';
import { hostRun } from '../../src/trainer/host.ts';
import { evaluateSnapshot } from '../../src/trainer/measure/evaluate.ts';
import { smallConfig } from '../trainer/fake_session.ts';
import { mutateBytes, mutateBytesOrJson, mutateJournal, mutateSnapshot } from './mutations.ts';

const snapshotName = 'step-00000020.safetensors';
const filesOfRun = ['run.json', 'journal.jsonl', 'probe.bin', 'notes.json', snapshotName];

/** How a file of a run is damaged, and everything that reads it. */
export interface Damage {
  readonly name: string;
  mutate(file: Buffer, stream: RandomStream): Buffer;
  readonly readings: readonly (() => Promise<unknown>)[];
}

/** A small run, and a copy of it of which one file is damaged at a time. */
export class DamagedRun {
  readonly directory: string;
  /** The whole run. */
  readonly folder: string;
  readonly copy: string;

  private constructor(directory: string, folder: string) {
    this.directory = directory;
    this.folder = folder;
    this.copy = join(directory, 'copy');
  }

  static async make(): Promise<DamagedRun> {
    const directory = mkdtempSync(join(tmpdir(), 'incline-damage-'));
    const config = smallConfig({ 'train.steps': 20, 'snapshot.occasions': false });
    const record = { v: 1, run: 'whole', config, seed: 0, started: new Date().toISOString(), source: 'test' } as const;
    const folder = await createRunFolder(directory, record);
    const run = await hostRun(folder, { unattended: true, spareCore: false });
    await run.request({ type: 'set', path: 'train.learning_rate', value: 0.02 });
    await run.request({ type: 'mask', scope: 'clamp', edits: ['-L0H1'] });
    await run.result;
    writeFileSync(join(folder, 'notes.json'), JSON.stringify({ v: 1, note: 'a note', tags: ['one', 'two'] }));
    mkdirSync(join(directory, 'copy'));
    return new DamagedRun(directory, folder);
  }

  /** Restores the copy but for one file. */
  damage(name: string, content: Buffer): void {
    for (const file of filesOfRun) copyFileSync(join(this.folder, file), join(this.copy, file));
    writeFileSync(join(this.copy, name), content);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  get snapshot(): Damage {
    const file = join(this.copy, snapshotName);
    const readings = [
      () => readSnapshot(file),
      async () => played(await fileRecord(file)),
      this.#compared(file),
      this.#listed,
    ];
    return { name: snapshotName, mutate: mutateSnapshot, readings };
  }

  /** What is accepted of a damaged snapshot goes through the model. */
  get evaluated(): Damage {
    const where = join(this.copy, snapshotName);
    const evaluate = async (): Promise<void> => {
      const { snapshot } = await readSnapshot(where);
      const { config } = resolveConfig(snapshot.config, where);
      const plain = { mask: [], attention: false, predictions: false, baselines: false };
      await evaluateSnapshot({ snapshot, config, where, ...plain });
    };
    return { name: snapshotName, mutate: mutateSnapshot, readings: [evaluate] };
  }

  get journal(): Damage {
    const readings = [this.#replayed, this.#compared(this.copy), this.#listed, () => catalogue(this.directory)];
    return { name: 'journal.jsonl', mutate: mutateJournal, readings };
  }

  get record(): Damage {
    const readings = [
      async () => readRunRecord(this.copy),
      () => catalogue(this.directory),
      () => describeRun(this.copy),
    ];
    return { name: 'run.json', mutate: mutateBytesOrJson, readings };
  }

  get notes(): Damage {
    return { name: 'notes.json', mutate: mutateBytesOrJson, readings: this.record.readings };
  }

  /** Damaged pictures are refused one by one, or left out when their file is no longer one. */
  get pictures(): Damage {
    return { name: 'probe.bin', mutate: mutateBytes, readings: [this.#replayed, this.#compared(this.copy)] };
  }

  /** The results of pruning, which are passed over when they are no longer a curve. */
  get pruning(): Damage {
    return { name: 'prune.json', mutate: mutateBytesOrJson, readings: [this.#compared(this.copy)] };
  }

  readonly #replayed = async (): Promise<void> => played(await folderRecord(this.copy));

  readonly #listed = async (): Promise<void> => {
    for (const { path } of (await describeRun(this.copy)).snapshots) await bestOf(path).catch(userErrorsOnly);
  };

  #compared(word: string) {
    return async (): Promise<void> => {
      const runs = await loadCompared([word, this.folder], this.directory);
      compareJson(runs);
      compareCsv(runs);
      compareFigure(runs);
    };
  }
}

/** Moves a replay about and looks at its pictures. */
async function played({ timeline, pictures }: Awaited<ReturnType<typeof folderRecord>>): Promise<void> {
  for (const step of [timeline.from, Math.floor((timeline.from + timeline.to) / 2), timeline.to]) {
    timeline.at(step);
    const picture = pictures.at(step);
    if (picture) await pictures.load(picture);
  }
}

function userErrorsOnly(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
}

/** Longest time that reading a small file may take, in milliseconds of the processor. */
const longest = 5000;

/** Does what reads files; damage may be refused in one line, and nothing else. @returns whether it was */
export async function isRefused(read: () => unknown, what: string, most = longest): Promise<boolean> {
  const started = process.cpuUsage();
  try {
    await read();
    return false;
  } catch (error) {
    if (!(error instanceof UserError)) throw new Error(`${what}: ${(error as Error).stack}`);
    assert(!error.message.includes('\n') && error.message.length < 2000, `${what}: ${error.message}`);
    return true;
  } finally {
    const { user, system } = process.cpuUsage(started);
    assert((user + system) / 1000 < most, `${what} took ${(user + system) / 1000} ms`);
  }
}
