import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { prepareFork } from '../../src/cli/screen/fork.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import { reduceRunEvents } from '../../src/runs/reduce.ts';
import { emptyRun, type RunState } from '../../src/runs/state.ts';
import { eventsBefore } from '../../src/store/ancestry.ts';
import { readJournal } from '../../src/store/journal_reader.ts';
import { sandbox } from './program.ts';

const box = sandbox();
afterAll(() => box.remove());

test('a fork with a changed setting keeps what was learned where it fits, else starts from step 0', async () => {
  const { code } = await box.run('train', 'yang-tiny', '--steps', '20', '--name', 'base', '--threads', '1');
  expect(code).toBe(0);
  const file = join(box.folder, 'snapshots/base/step-00000020.safetensors');
  const told: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => told.push(String(text)) > 0);
  try {
    const forked = async (...set: string[]) =>
      JSON.parse(readFileSync(join((await prepareFork(file, set)).folder, 'run.json'), 'utf8'));
    const shorter = await forked('task.prompt_examples=2');
    expect(shorter).toMatchObject({ config: { task: { prompt_examples: 2 } }, parent: { step: 20 }, paused: true });
    expect(told).toEqual([]);
    // Names of runs tell seconds apart.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const wider = await forked('model.heads=3');
    expect(wider).toMatchObject({ config: { model: { heads: 3 } }, parent: { step: 20 }, paused: true });
    expect(told).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const other = await forked('task.tokens=20');
    expect(other).toMatchObject({ config: { task: { tokens: 20 }, train: { steps: 20 } }, paused: true });
    expect(other.parent).toBeUndefined();
    expect(told.join('')).toContain('task.tokens=20 from step 0');
    expect(basename(other.run)).toMatch(/^base-/);
    await expect(forked('model.heads=1000000')).rejects.toThrow(/heads/);
  } finally {
    write.mockRestore();
  }
}, 60_000);

test('a fork shows the curves of its parent up to the step at which it began', async () => {
  const base = join(box.folder, 'snapshots/base');
  const file = join(base, 'step-00000020.safetensors');
  const child = join(box.folder, 'snapshots/child');
  const { code } = await box.run(...['train', '--resume', file, '--steps', '40', '--name', 'child', '--threads', '1']);
  expect(code).toBe(0);
  expect(await eventsBefore(base)).toEqual([]);
  const stateOf = async (folder: string, before: readonly RunEvent[]) => {
    const events: RunEvent[] = [...before];
    for await (const batch of readJournal(join(folder, 'journal.jsonl'))) events.push(...batch);
    return reduceRunEvents(emptyRun, events);
  };
  const points = ({ curves }: RunState, metric: string) => {
    const view = curves.get(metric)!.view();
    return Array.from({ length: view.length }, (_, i) => view.at(i)!).map(({ step, value }) => [
      step,
      Math.fround(value),
    ]);
  };
  const whole = await stateOf(child, await eventsBefore(child));
  expect([whole.start, whole.step]).toEqual([20, 40]);
  expect(whole.parent).toMatchObject({ run: 'base', step: 20 });
  for (const metric of ['train_loss', 'in_domain_inference_loss']) {
    const parent = points(await stateOf(base, []), metric);
    expect(parent.length).toBeGreaterThan(1);
    expect(points(whole, metric).slice(0, parent.length)).toEqual(parent);
    expect(points(whole, metric).at(-1)![0]).toBe(40);
  }
}, 60_000);
