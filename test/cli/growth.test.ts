import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { prepareRun } from '../../src/cli/prepare/plan.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import { hostRun } from '../../src/trainer/host.ts';
import { steered } from '../trainer/steered.ts';

const directory = mkdtempSync(join(tmpdir(), 'incline-growth-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const regression = { prompt_examples: 3, tokens: 6, token_dim: 4, features: 2, noise: 0.01 };
const dictionary = { name: 'representation_regression', ...regression };
const models = {
  multi_head_softmax: [dictionary, { heads: 4 }],
  encoder: [
    { ...dictionary, training_set: 'fresh' },
    { heads: 4, width: 16, layers: 2, mlp_width: 8 },
  ],
  decoder: [
    { name: 'linear_regression', dim: 3, points: 5 },
    { heads: 4, width: 16, layers: 2, mlp_width: 8 },
  ],
} as const;

/** A small run of a model to step 20, one head of it pruned. */
async function parent(name: keyof typeof models) {
  const [task, model] = models[name];
  const train = { optimizer: 'adam', learning_rate: 0.01, batch: 8, steps: 20, unroll: 2 };
  const snapshot = { occasions: false };
  const config = { task, model: { name, ...model }, train, evaluate: { every: 10, prompts: 20 }, snapshot };
  return steered(config, [{ at: 10, request: { type: 'mask', scope: 'probe', edits: ['-L0H1'] } }]);
}

/** Goes on from a snapshot with so many heads, to step 40; its journal and its last snapshot. */
async function goOn(file: string, heads: number, name: string) {
  const flags = { resume: file, dir: directory, name, steps: 40, paused: false, set: [`model.heads=${heads}`] };
  const { folder, lock } = await prepareRun(flags, {}, false);
  const { result } = await hostRun(folder, { lock, unattended: true, spareCore: false });
  await result;
  const lines = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

/** Those of the model; what it is compared with is measured beside and comes at any time. */
const evaluations = (events: readonly RunEvent[]) =>
  events.flatMap((event) =>
    event.type === 'evaluated' && !Object.keys(event.values).every((key) => key.startsWith('baseline/')) ? event : [],
  );
const lossOf = (event: Extract<RunEvent, { type: 'evaluated' }>) =>
  Object.fromEntries(Object.entries(event.values).flatMap(([key, { mean }]) => (mean === null ? [] : [[key, mean]])));

test.each(Object.keys(models) as (keyof typeof models)[])(
  '%s: heads that are added leave the function as it is, then train; fewer are dropped, and both are said',
  async (name) => {
    const before = await parent(name);
    const file = before.fileOf(20);
    const grown = await goOn(file, 6, `${name}-6`);
    const [was, is] = [evaluations(before.events).at(-1)!, evaluations(grown)[0]!].map(lossOf);
    for (const [key, value] of Object.entries(was!)) expect(is![key]!).toBeCloseTo(value, 6);
    expect(lossOf(evaluations(grown).at(-1)!)).not.toEqual(is);
    const opening = grown.find((event) => event.type === 'run_started')!;
    expect(opening).toMatchObject({ model: { heads: 6 }, parent: { step: 20 } });
    expect(grown.find(({ type }) => type === 'mask_applied')).toMatchObject({ edits: ['-L0H1'] });
    const said = (events: readonly RunEvent[]) => events.flatMap((one) => (one.type === 'alert' ? one.message : []));
    expect(said(grown).join()).toContain('2 heads were added to the 4 of the snapshot');
    const shrunk = await goOn(file, 2, `${name}-2`);
    expect(shrunk.find((event) => event.type === 'run_started')).toMatchObject({ model: { heads: 2 } });
    expect(said(shrunk).join()).toContain('heads 2 to 3 of every layer were dropped');
    expect(shrunk.at(-1)).toMatchObject({ type: 'run_finished', reason: 'completed' });
  },
  60_000,
);
