import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { RunEvent } from '../../src/protocol/events.ts';
import { decodeSnapshot, encodeSnapshot, type HistoryColumns } from '../../src/snapshots/format.ts';
import { curvesAsCsv } from '../../src/snapshots/texts.ts';
import { withMeasured } from '../../src/store/curves.ts';
import { readJournal } from '../../src/store/journal_reader.ts';
import { example } from '../snapshots/example.ts';
import { smallRuns } from './small_runs.ts';
import { steered } from './steered.ts';

const namesOf = (events: readonly RunEvent[], type: 'metrics' | 'evaluated'): Set<string> =>
  new Set(events.flatMap((event) => (event.type === type ? Object.keys(event.values) : [])));

function expectUnique(history: Readonly<Record<string, HistoryColumns>>) {
  for (const [name, { step }] of Object.entries(history)) {
    for (let i = 1; i < step.length; i++) expect(step[i]! > step[i - 1]!, `${name} at step ${step[i]}`).toBe(true);
  }
  const keys = curvesAsCsv(history)
    .trim()
    .split('\n')
    .map((line) => line.split(',', 2).join());
  expect(new Set(keys).size).toBe(keys.length);
}

const curve = (...points: [step: number, last: number][]): HistoryColumns => {
  const last = Float32Array.from(points, ([, value]) => value);
  return { step: Float64Array.from(points, ([step]) => step), min: last, max: last, last };
};

const runs = smallRuns().filter(([name]) => name.endsWith('adam'));

it.each(runs)('every metric has one value a step: %s', async (_, settings) => {
  const edits = ['-L0H0'];
  const { snapshot, events } = await steered(settings, [
    { at: 8, request: { type: 'mask', scope: 'probe', edits } },
    { at: 8, request: { type: 'mask', scope: 'probe', edits: ['+L0H0'] } },
  ]);
  expect(Object.keys(snapshot.history).length).toBeGreaterThan(2);
  expectUnique(snapshot.history);
  const trained = namesOf(events, 'metrics');
  expect([...namesOf(events, 'evaluated')].filter((name) => trained.has(name))).toEqual([]);
});

it('the model made smaller has a value of its own at the step of the larger one', () => {
  const history = withMeasured({ train_loss: curve([1, 3], [2, 2]), gap: curve([2, 1]) }, 2, {
    gap: { mean: 5, stderr: null, n: 0 },
  });
  expectUnique(history);
  expect(history['gap']!.last).toEqual(Float32Array.of(5));
  expect(history['train_loss']!.last).toEqual(Float32Array.of(3, Number.NaN));
});

/** What versions wrote that called both the gap that an update worked on and the one evaluated after it `gap`. */
const mixed = {
  train_loss: curve([49, 4], [50, 3], [51, 2]),
  gap: curve([0, 9], [49, 8], [50, 7], [50, 6], [51, 5], [52, 4]),
};

it('a gap of two meanings in an older snapshot is read as two', () => {
  const { history } = decodeSnapshot(encodeSnapshot({ ...example, history: mixed }), 'old').snapshot;
  expectUnique(history);
  expect(history['train_gap']).toEqual(curve([49, 8], [50, 7], [51, 5]));
  expect(history['gap']).toEqual(curve([0, 9], [50, 6], [52, 4]));
});

it('and in an older journal', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'incline-gap-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const line = (seq: number, event: object) => JSON.stringify({ v: 1, seq, time: 'now', ...event });
  const path = join(folder, 'journal.jsonl');
  const gap = { mean: 6, stderr: null, n: 0 };
  const lines = [
    line(1, {
      type: 'metrics',
      step: 1,
      values: { train_loss: 3, gap: 7 },
      min: { gap: 1 },
      max: { gap: 9 },
      count: 2,
    }),
    line(2, { type: 'evaluated', step: 1, values: { gap } }),
    // Not as this program writes it, but as JSON.
    line(3, { type: 'metrics', step: 2, values: { gap: null } }),
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  const events: RunEvent[] = [];
  for await (const batch of readJournal(path)) events.push(...batch);
  expect(events).toMatchObject([
    { values: { train_loss: 3, train_gap: 7 }, min: { train_gap: 1 }, max: { train_gap: 9 } },
    { values: { gap } },
    { values: { train_gap: null } },
  ]);
  expect(events.map((event) => 'values' in event && 'gap' in event.values)).toEqual([false, true, false]);
  expect(readFileSync(path, 'utf8')).toContain('"gap":7');
});
