import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { emptyRun } from '../../src/runs/state.ts';
import { closingSummary } from '../../src/ui/run/closing_summary.ts';
import { modelAt, press, rowsOn } from './fake_model.ts';

const snapshot = { type: 'snapshot_saved', step: 500, file: 'step-00000500.safetensors', why: 'key' } as const;

it('tells how to return to a run that goes on', () => {
  const lines = closingSummary(modelAt(500, { more: [snapshot] }).run, 'detach', 'snapshots/a');
  expect(lines[0]).toBe('yang-quick-20261103-141502: detached, the run goes on, step 500 of 2 000');
  expect(lines.join('\n')).toMatch(/best +train 0\.174 @500/);
  expect(lines.join('\n')).toContain('snapshots/a/step-00000500.safetensors');
  expect(lines.at(-1)).toContain('incline attach yang-quick-20261103-141502');
});

it('does not say of a paused run that it goes on', () => {
  const paused = modelAt(500, { more: [{ type: 'paused', step: 500 }] });
  expect(closingSummary(paused.run, 'detach', 'snapshots/a')[0]).toContain('detached, the run stays paused, step 500');
  const menu = press({ ...paused, live: { ...paused.live!, state: 'paused' } }, 'q').model;
  expect(rowsOn(menu).join('\n')).toContain('the run stays paused; npx incline attach returns to it');
});

it('tells how to go on with a run that was stopped or is done', () => {
  const finished = (step: number, reason: string) => [
    { type: 'snapshot_saved' as const, step, file: `step-${step}.safetensors`, why: reason },
    { type: 'run_finished' as const, step, reason, summary: { step, seconds: 12.34, metrics: {} } },
  ];
  const stopped = closingSummary(modelAt(700, { more: finished(700, 'stopped') }).run, 'stop', 'runs/a');
  expect(stopped[0]).toContain(': stopped, step 700 of 2 000 in 12 s');
  expect(stopped.at(-1)).toBe('  go on     npx incline train --resume runs/a/step-700.safetensors');
  const done = closingSummary(modelAt(2000, { more: finished(2000, 'completed') }).run, 'finished', 'runs/a');
  expect(done[0]).toContain(': finished, step 2 000 of 2 000');
  expect(done.at(-1)).toBe('  go on     npx incline train --resume runs/a/step-2000.safetensors --steps 4000');
  const own = closingSummary(modelAt(2000, { more: finished(2000, 'completed') }).run, 'finished', 'runs/a', 'a', [
    resolve('mine.mjs'),
  ]);
  expect(own.at(-1)).toBe(
    '  go on     npx incline train --resume runs/a/step-2000.safetensors --steps 4000 --plugin mine.mjs',
  );
});

it.each([
  ['budget', 'time budget spent'],
  ['diverged', 'diverged'],
])('tells an end by %s from a finished run', (reason, words) => {
  const summary = { step: 700, seconds: 12.34, metrics: {} };
  const { run } = modelAt(700, { more: [{ type: 'run_finished', step: 700, reason, summary }] });
  expect(closingSummary(run, 'finished', 'runs/a')[0]).toContain(`: ${words}, step 700`);
});

it('lists the best of the curves that were drawn, whole, in rows that 80 columns hold', () => {
  const value = { mean: 0.1, stderr: null, n: 1 };
  const more = [{ type: 'evaluated', step: 12_480, values: { eval_loss: value, seen_error: value } }] as const;
  const { run } = modelAt(12_470, { more });
  const lines = closingSummary(run, 'finished', 'a').slice(1, 3);
  expect(lines[0]).toMatch(/^ {2}best {6}train \S+ @\d+ \d+ · in-domain \S+ @\d+ \d+$/);
  expect(lines[1]).toMatch(/^ {12}out-of-domain \S+ @\d+ \d+$/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(78);
});

it('names a run whose trainer has not said anything yet', () => {
  expect(closingSummary(emptyRun, 'detach', 'snapshots/a-fork', 'a-fork')).toEqual([
    'a-fork: detached, the run goes on, its trainer is starting',
    '  return    npx incline attach a-fork',
  ]);
});

it('is plain text, also before anything has happened', () => {
  for (const lines of [closingSummary(emptyRun, 'detach', '.'), closingSummary(modelAt(500).run, 'detach', '.')]) {
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('')).not.toContain('\x1b');
  }
});
