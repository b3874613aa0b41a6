import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { readNotes, writeNotes } from '../../src/store/annotation.ts';
import { listRuns } from '../../src/store/catalogue.ts';
import { smallConfig } from '../trainer/fake_session.ts';

let root: string;
const event = (seq: number, body: object) =>
  `${JSON.stringify({ v: 1, seq, time: '2026-01-01T00:00:00Z', ...body })}\n`;

function makeRun(name: string, started: string, journal: string | undefined): string {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({ v: 1, run: name, config: smallConfig(), seed: 0, started, source: 'x' }),
  );
  if (journal !== undefined) writeFileSync(join(folder, 'journal.jsonl'), journal);
  return folder;
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'catalogue-'));
});

it('lists the newest run first, with where it is, how it ended and what it saved', async () => {
  const filler = Array.from({ length: 3000 }, (_, i) =>
    event(i, { type: 'metrics', step: i, values: { train_loss: 1 / (i + 1) } }),
  );
  const end = event(3001, {
    type: 'run_finished',
    step: 3000,
    reason: 'completed',
    summary: { step: 3000, seconds: 1, metrics: {} },
  });
  const older = makeRun('older', '2026-01-01T00:00:00Z', `${filler.join('')}${end}{"torn`);
  writeFileSync(join(older, 'step-00000010.safetensors'), '');
  writeFileSync(join(older, 'step-00000002.safetensors'), '');
  makeRun('newer', '2026-01-02T00:00:00Z', undefined);
  mkdirSync(join(root, 'no-run'));
  writeFileSync(join(root, 'README.md'), 'no run either');
  const runs = await listRuns(root);
  expect(runs.map(({ record }) => record.run)).toEqual(['newer', 'older']);
  expect(runs[0]).toMatchObject({ step: 0, snapshots: [], metrics: {} });
  expect(runs[1]).toMatchObject({ step: 3000, ending: 'completed', metrics: { train_loss: 1 / 3000 } });
  expect(runs[1]!.snapshots.map(({ step }) => step)).toEqual([2, 10]);
});

it('sees what a run has written since', async () => {
  const folder = makeRun('growing', '2026-01-03T00:00:00Z', event(1, { type: 'paused', step: 5 }));
  expect((await listRuns(root))[0]).toMatchObject({ step: 5 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(join(folder, 'journal.jsonl'), event(1, { type: 'paused', step: 9 }));
  expect((await listRuns(root))[0]).toMatchObject({ step: 9 });
});

it('tells a run that waits from one that went on', async () => {
  const paused = event(1, { type: 'paused', step: 5 });
  const changed = event(2, { type: 'snapshot_saved', step: 5, file: 'step-00000005.safetensors', why: 'key' });
  const folder = makeRun('waiting', '2026-01-03T12:00:00Z', paused + changed);
  expect((await listRuns(root))[0]).toMatchObject({ paused: true });
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(join(folder, 'journal.jsonl'), paused + changed + event(3, { type: 'resumed', step: 5 }));
  expect((await listRuns(root))[0]).toMatchObject({ paused: false });
});

it('calls what earlier versions measured by the names of today', async () => {
  makeRun('renamed', '2026-01-03T13:00:00Z', event(1, { type: 'metrics', step: 5, values: { gap: 0.5 } }));
  expect((await listRuns(root))[0]!.metrics).toEqual({ train_gap: 0.5 });
});

it('is empty for a folder that does not exist', async () => {
  expect(await listRuns(join(root, 'nowhere'))).toEqual([]);
});

it('keeps notes and tags with the run, and takes unreadable ones for none', async () => {
  const folder = makeRun('noted', '2026-01-04T00:00:00Z', undefined);
  expect(readNotes(folder, expect.unreachable)).toEqual({ note: '', tags: [] });
  await writeNotes(folder, { note: 'odd', tags: ['a', 'b'] });
  expect(readNotes(folder)).toEqual({ note: 'odd', tags: ['a', 'b'] });
  writeFileSync(join(folder, 'notes.json'), '{"note": 3, "tags": ["a", 4]}');
  expect(readNotes(folder)).toEqual({ note: '', tags: ['a'] });
  const problems: string[] = [];
  writeFileSync(join(folder, 'notes.json'), '{');
  expect(readNotes(folder, (problem) => problems.push(problem))).toEqual({ note: '', tags: [] });
  expect(problems).toEqual([expect.stringMatching(/noted\/notes\.json: not a note and tags \(.*JSON.*\)$/)]);
});
