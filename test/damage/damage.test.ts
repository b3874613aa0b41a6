import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { listRuns as catalogue } from '../../src/runs/catalogue.ts';
import { compareFigure } from '../../src/runs/compare/figure.ts';
import { loadCompared } from '../../src/runs/compare/load.ts';
import { compareCsv, compareJson } from '../../src/runs/compare/report.ts';
import { bestOf, describeRun } from '../../src/runs/library.ts';
import { fileRecord, folderRecord } from '../../src/runs/open_replay.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { createRunFolder, readRunRecord } from '../../src/trainer/files/run_folder.ts';
import { hostRun } from '../../src/trainer/host.ts';
import { evaluateSnapshot } from '../../src/trainer/measure/evaluate.ts';
import { smallConfig } from '../trainer/fake_session.ts';
import { mutateBytes, mutateBytesOrJson, mutateJournal, mutateSnapshot } from './mutations.ts';

const directory = mkdtempSync(join(tmpdir(), 'incline-damage-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const snapshotName = 'step-00000020.safetensors';
const copy = join(directory, 'copy');
let folder: string;

beforeAll(async () => {
  const config = smallConfig({ 'train.steps': 20, 'snapshot.occasions': false });
  const record = { v: 1, run: 'whole', config, seed: 0, started: new Date().toISOString(), source: 'test' } as const;
  folder = await createRunFolder(directory, record);
  const run = await hostRun(folder, { unattended: true, spareCore: false });
  await run.request({ type: 'set', path: 'train.learning_rate', value: 0.02 });
  await run.request({ type: 'mask', scope: 'clamp', edits: ['-L0H1'] });
  await run.result;
  mkdirSync(copy);
}, 30_000);

/** Restores the copy but for one file. */
function withDamaged(name: string, content: Buffer): void {
  for (const file of ['run.json', 'journal.jsonl', 'probe.bin', snapshotName]) {
    copyFileSync(join(folder, file), join(copy, file));
  }
  writeFileSync(join(copy, name), content);
}

/** Does what reads files; damage may be refused in one line, and nothing else. @returns whether it was */
async function isRefused(read: () => Promise<unknown>, what: string): Promise<boolean> {
  const started = performance.now();
  try {
    await read();
    return false;
  } catch (error) {
    if (!(error instanceof UserError)) throw new Error(`${what}: ${(error as Error).stack}`);
    expect(error.message).not.toContain('\n');
    expect(error.message.length).toBeLessThan(2000);
    return true;
  } finally {
    expect(performance.now() - started, what).toBeLessThan(5000);
  }
}

/** Damages a file so many times and reads it in every way; counts what was refused, and what memory was held. */
async function survive(
  name: string,
  times: number,
  mutate: (file: Buffer, stream: RandomStream) => Buffer,
  readings: readonly (() => Promise<unknown>)[],
): Promise<number> {
  const whole = readFileSync(join(folder, name));
  const memory = process.memoryUsage().rss;
  let refused = 0;
  for (let seed = 0; seed < times; seed++) {
    withDamaged(name, mutate(whole, RandomStream.named(seed, 'task')));
    let any = false;
    for (const read of readings) any = (await isRefused(read, `${name}, seed ${seed}`)) || any;
    if (any) refused++;
  }
  expect(process.memoryUsage().rss - memory).toBeLessThan(2 ** 29);
  return refused;
}

const file = join(copy, snapshotName);
/** Moves a replay about and looks at its pictures. */
const played = async ({ timeline, pictures }: Awaited<ReturnType<typeof folderRecord>>): Promise<void> => {
  for (const step of [timeline.from, Math.floor((timeline.from + timeline.to) / 2), timeline.to]) {
    timeline.at(step);
    const picture = pictures.at(step);
    if (picture) await pictures.load(picture);
  }
};
const replayed = async (): Promise<void> => played(await folderRecord(copy));
const compared = (word: string) => async (): Promise<void> => {
  const runs = await loadCompared([word, folder], directory);
  compareJson(runs);
  compareCsv(runs);
  compareFigure(runs);
};
const listed = async (): Promise<void> => {
  for (const { path } of (await describeRun(copy)).snapshots) await bestOf(path).catch(userErrorsOnly);
};
const userErrorsOnly = (error: unknown): void => {
  if (!(error instanceof UserError)) throw error;
};

test('500 damaged snapshots: refused in one line or used, never a crash', async () => {
  const refused = await survive(snapshotName, 500, mutateSnapshot, [
    () => readSnapshot(file),
    async () => played(await fileRecord(file)),
    compared(file),
    listed,
  ]);
  expect(refused).toBeGreaterThan(350);
}, 60_000);

test('what is accepted of damaged snapshots evaluates, or is refused in one line', async () => {
  const readings = [
    async () => {
      const { snapshot } = await readSnapshot(file);
      const { config } = resolveConfig(snapshot.config, file);
      await evaluateSnapshot({
        snapshot,
        config,
        where: file,
        mask: [],
        attention: false,
        predictions: false,
        baselines: false,
      });
    },
  ];
  await survive(snapshotName, 60, mutateSnapshot, readings);
}, 60_000);

test('300 damaged journals', async () => {
  const refused = await survive('journal.jsonl', 300, mutateJournal, [
    replayed,
    compared(copy),
    listed,
    () => catalogue(directory),
  ]);
  expect(refused).toBeGreaterThan(60);
}, 60_000);

test('100 damaged run.json and 100 damaged files of pictures', async () => {
  const records = [async () => readRunRecord(copy), () => catalogue(directory), () => describeRun(copy)];
  expect(await survive('run.json', 100, mutateBytesOrJson, records)).toBeGreaterThan(30);
  // Damaged pictures are refused one by one, or left out when their file is no longer one.
  await survive('probe.bin', 100, mutateBytes, [replayed, compared(copy)]);
}, 60_000);

test('60 damaged files of a pruning curve are passed over, or shown', async () => {
  const point = (fraction: number) => ({ fraction, metrics: { eval_loss: { mean: fraction, stderr: 0.1, n: 9 } } });
  const curve = { v: 1, order: 'smallest', metric: 'eval_loss', points: [0, 0.2, 0.4].map(point) };
  writeFileSync(join(folder, 'prune.json'), JSON.stringify(curve));
  expect(await survive('prune.json', 60, mutateBytesOrJson, [compared(copy)])).toBe(0);
}, 60_000);
