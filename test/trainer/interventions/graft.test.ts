import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { layoutOf } from '../../../src/graph/parameters.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { parseMask } from '../../../src/protocol/mask_edits.ts';
import { reduceRunEvents } from '../../../src/runs/reduce.ts';
import { emptyRun } from '../../../src/runs/state.ts';
import type { Snapshot } from '../../../src/snapshots/format.ts';
import { donorNamed } from '../../../src/store/donor.ts';
import { evaluateSnapshot } from '../../../src/trainer/measure/evaluate.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { marked } from '../../../src/trainer/session/freezing.ts';
import { withGraftsIn } from '../../../src/trainer/session/grafts.ts';
import { bytesOf, configOf, type Script, steered } from '../steered.ts';
import { mask, models, save, train } from './cases.ts';
import { allOf, donorOf, expectGraftInBothScopes, grafts, numbersOf } from './grafting.ts';

test.each(grafts.quick)(
  '%s, %s: a probe leaves training alone, a clamp goes on without the file',
  expectGraftInBothScopes,
);

test('its own weights wait where they are, and it computes with the others', async () => {
  const settings = models['decoder']!;
  const donor = await donorOf('decoder');
  const run = await steered(settings, [mask(4, 'clamp', `L1H1=graft@${donor.file}`), save(4)]);
  const head = { layer: 1, head: 1 };
  const [before, after] = [await run.snapshotAt(4), run.snapshot];
  expect(numbersOf(settings, head, after)).toEqual(numbersOf(settings, head, before));
  expect(numbersOf(settings, { layer: 1, head: 0 }, after)).not.toEqual(
    numbersOf(settings, { layer: 1, head: 0 }, before),
  );

  const { model } = createExperiment(configOf(settings), 'test');
  const baked = withGraftsIn(after, model);
  expect(numbersOf(settings, head, baked)).toEqual(numbersOf(settings, head, donor.snapshot));
  const measured = (snapshot: Snapshot) =>
    evaluateSnapshot({
      ...{ snapshot, config: after.config, where: 'test', mask: [] },
      ...{ baselines: false, attention: false, predictions: true },
    });
  const [grafted, own] = [await measured(after), await measured(baked)];
  expect(grafted.predictions!['prediction']!.data).toEqual(own.predictions!['prediction']!.data);
});

test('a strength mixes weights: none is nothing to the byte, a half is half of each', async () => {
  const settings = models['decoder']!;
  const donor = await donorOf('decoder');
  const plain = await steered(settings, []);
  const none = await steered(settings, [mask(3, 'clamp', `L0H0=graft@${donor.file}*0`)]);
  expect(bytesOf(none.snapshot)).toEqual(bytesOf(plain.snapshot));
  const half = await steered(settings, [mask(11, 'clamp', `L0H0=graft@${donor.file}*0.5`), save(11)]);
  const { model } = createExperiment(configOf(settings), 'test');
  const head = { layer: 0, head: 0 };
  const middle = await half.snapshotAt(11);
  const [own, other, mixed] = [middle, donor.snapshot, withGraftsIn(middle, model)].map((one) =>
    numbersOf(settings, head, one),
  );
  expect(mixed).toEqual(own!.map((value, i) => Math.fround(0.5 * value + 0.5 * other![i]!)));
});

test('eval grafts from a run by its name, and says from what', async () => {
  const settings = models['decoder']!;
  const donor = await donorOf('decoder');
  const { snapshot } = await steered(settings, []);
  const options = { snapshot, config: snapshot.config, where: 'test', baselines: false, attention: false };
  const open = (word: string) => donorNamed(word, dirname(dirname(donor.file)));
  const run = dirname(donor.file).split('/').at(-1)!;
  const edits = parseMask(`L0H0-1=graft@${run}`);
  const grafted = await evaluateSnapshot({ ...options, mask: edits, open, predictions: false });
  const plain = await evaluateSnapshot({ ...options, mask: [], predictions: false });
  expect(grafted.metrics['eval_loss']!.mean).not.toBe(plain.metrics['eval_loss']!.mean);
  expect(grafted.pruned.map(({ intervention }) => intervention?.source)).toEqual([
    expect.stringMatching(new RegExp(`^${run}:12~[0-9a-f]{8}$`)),
    expect.stringMatching(new RegExp(`^${run}:12~[0-9a-f]{8}$`)),
  ]);
});

test('curves are marked with it, undoing takes it back, and making it again needs no file', async () => {
  const settings = models['decoder']!;
  const donor = await donorOf('decoder');
  const asked = mask(3, 'clamp', `L0H0=graft@${donor.file}`);
  const first = await steered(settings, [asked, save(4)]);
  const marks = (events: readonly RunEvent[]) => reduceRunEvents(emptyRun, events).marks.map(({ label }) => label);
  const label = marks(first.events).find((text) => text.startsWith('L0H0 graft@'));
  expect(label).toMatch(/^L0H0 graft@run-\d+:12~[0-9a-f]{8} \(clamp\)$/);
  const edit = label!.replace('L0H0 ', 'L0H0=').replace(' (clamp)', '');
  rmSync(dirname(donor.file), { recursive: true });
  const undo: Script[number] = {
    at: 6,
    request: { type: 'mask', scope: 'probe', edits: ['L0H0=graft*0'], why: 'undo' },
  };
  const redo: Script[number] = { at: 8, request: { type: 'mask', scope: 'clamp', edits: [edit], why: 'redo' } };
  const resumed = await steered({ ...(await first.snapshotAt(4)).config }, [undo, redo], {
    file: first.fileOf(4),
    step: 4,
  });
  const run = reduceRunEvents(emptyRun, resumed.events);
  expect(run.mask.values.interventions?.['L0H0']?.[0]).toMatchObject({ kind: 'graft', amount: 1 });
  expect([run.changes.done.length, run.changes.undone.length]).toEqual([1, 0]);
  expect(await resumed.snapshotAt(12).then(({ mask }) => Object.keys(mask!.grafts!))).toEqual([
    `${edit.replace('L0H0=graft@', '')}/L0H0`,
  ]);
});

test('two snapshots give one head their patterns and another its output, and a strength of none is nothing', async () => {
  const settings = models['decoder']!;
  const [first, second] = [await donorOf('decoder'), await steered({ ...settings, seed: 8 }, [])];
  const other = second.fileOf(second.snapshot.step);
  const plain = await steered(settings, []);
  const edits = [`L0H0=graft_pattern@${first.file}`, `L1H1=graft_output@${other}*0.5`, `L0H0=graft_output@${other}`];
  const run = await steered(settings, [mask(4, 'clamp', ...edits), save(6)]);
  const { mask: masks } = await run.snapshotAt(6);
  expect(Object.keys(masks!.grafts!).map((key) => key.replace(/~[0-9a-f]{8}/, ''))).toEqual([
    expect.stringMatching(/^run-\d+:12\/all$/),
    expect.stringMatching(/^run-\d+:12\/all$/),
  ]);
  expect(masks!.interventions).toMatchObject({
    L0H0: [{ kind: 'graft_pattern' }, { kind: 'graft_output', amount: 1 }],
    L1H1: [{ kind: 'graft_output', amount: 0.5 }],
  });
  expect(bytesOf(run.snapshot)).not.toEqual(bytesOf(plain.snapshot));
  const none = await steered(settings, [mask(4, 'clamp', `L0H0=graft_output@${first.file}*0`)]);
  expect(bytesOf(none.snapshot)).toEqual(bytesOf(plain.snapshot));
});

test('under a full clamp of its output the head’s own queries, keys and values wait, and what reads it trains', async () => {
  const settings = { ...models['decoder']!, train: { ...train, optimizer: 'sgd', weight_decay: 0 } };
  const donor = await donorOf('decoder');
  const run = await steered(settings, [mask(4, 'clamp', `L1H1=graft_output@${donor.file}`), save(4)]);
  const { model } = createExperiment(configOf(settings), 'test');
  const layout = layoutOf(model.parameters);
  const of = (snapshot: Snapshot, isRead: boolean) => {
    const held = model.holdings({ layer: 1, head: 1 }).filter(({ output = false }) => output === isRead);
    const mine = marked(layout, held);
    return allOf(settings, snapshot).filter((_, at) => mine[at] === 1);
  };
  const before = await run.snapshotAt(4);
  expect(of(run.snapshot, false)).toEqual(of(before, false));
  expect(of(run.snapshot, true)).not.toEqual(of(before, true));
});

test('what cannot be grafted is refused in one line, and nothing changes', async () => {
  const other = { ...models['decoder']!, model: { ...(models['decoder']!['model'] as object), width: 12 } };
  const wide = await steered(other, []);
  const bent = await steered(
    { ...models['decoder']!, model: { ...(models['decoder']!['model'] as object), activation: 'relu' } },
    [],
  );
  const single = { ...models['decoder']!, model: { ...(models['decoder']!['model'] as object), heads: 1 } };
  const one = await steered(single, []);
  const chains = await steered(models['attention_only']!, []);
  const encoder = await donorOf('encoder');
  const refused = (edit: string, says: string): Script[number] => ({ ...mask(2, 'clamp', edit), refused: says });
  const { events } = await steered(models['decoder']!, [
    refused('L0H0=graft', '"graft" does not say from where; expected a snapshot or a run, as in L0H3=graft@FILE'),
    refused('L0H0=mean@x', '"mean@x" has no use for a snapshot'),
    refused('L0H0=graft@nowhere', 'no such run or snapshot'),
    refused('L0H9=graft@nowhere', 'is not in the model'),
    refused('L0H0=graft_output', '"graft_output" does not say from where; expected a snapshot or a run'),
    refused('L0H0=graft_output@nowhere', 'no such run or snapshot'),
    refused('L0H0=graft_pattern@nowhere*2', 'graft_pattern*2 is out of range; expected a strength from 0'),
    refused('L0H0=graft_pattern@nowhere*NaN', 'graft_pattern*NaN is out of range; expected a strength from 0'),
    refused(
      `L0H0=graft_output@${chains.fileOf(12)}`,
      'is of the task markov_chain; expected linear_regression, so that it can compute on the same prompts',
    ),
    refused(`L0H0=graft_output@${encoder.file}`, 'is of the model encoder; expected decoder'),
    refused(`L0H0=graft_output@${wide.fileOf(12)}`, 'params/in.W has shape [3, 12]; expected shape [3, 8]'),
    refused(
      `L0H0=graft_output@${bent.fileOf(12)}`,
      'has model.activation "relu"; expected "gelu", as its activations are computed with the settings of this model',
    ),
    refused(
      `L0H0=graft@${one.fileOf(12)}`,
      'has 1 head a layer; expected 2, so that its heads can be those of this model',
    ),
    refused(`L0H0=graft@${wide.fileOf(12)}`, 'has shape [12, 12]; expected shape [8, 8]'),
  ]);
  expect(events.some(({ type }) => type === 'mask_applied')).toBe(false);
});
