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
import { differences } from '../../../src/trainer/measure/differences.ts';
import { evaluateSnapshot } from '../../../src/trainer/measure/evaluate.ts';
import { rerun } from '../../../src/trainer/measure/rerun.ts';
import { type RunStarted, stretchesTo } from '../../../src/trainer/measure/stretches.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { marked } from '../../../src/trainer/session/freezing.ts';
import { withGraftsIn } from '../../../src/trainer/session/grafts.ts';
import { bytesOf, configOf, type Script, steered } from '../steered.ts';
import { expectGoesOn, mask, models, save } from './cases.ts';

const names = ['decoder', 'multi_head_softmax', 'attention_relu'] as const;

/** Another run of the same sizes, in a folder that goes with the test. */
const donorOf = async (name: string) => {
  const { fileOf, snapshot } = await steered({ ...models[name]!, seed: 7 }, []);
  return { file: fileOf(snapshot.step), snapshot };
};

/** The numbers of θ that a head alone uses, as floats of the file. */
function numbersOf(settings: Record<string, unknown>, head: { layer: number; head: number }, { params }: Snapshot) {
  const { model } = createExperiment(configOf(settings), 'test');
  const layout = layoutOf(model.parameters);
  const mine = marked(layout, model.holdings(head));
  const theta = layout.parameters.flatMap(({ name }) => Array.from(params[name]!.data));
  return theta.filter((_, at) => mine[at] === 1);
}

test.each(names)('%s: a probe leaves training alone, a clamp goes on byte by byte without the file', async (name) => {
  const settings = models[name]!;
  const donor = await donorOf(name);
  const edit = `L0H0=graft@${donor.file}`;
  const plain = await steered(settings, []);
  const probed = await steered(settings, [mask(3, 'probe', edit), mask(9, 'probe', 'L0H0=graft*0')]);
  expect(bytesOf(probed.snapshot)).toEqual(bytesOf(plain.snapshot));

  const after = mask(10, 'clamp', 'L0H0=graft*0');
  const whole = await steered(settings, [mask(3, 'clamp', edit), save(6), after]);
  expect(bytesOf(whole.snapshot)).not.toEqual(bytesOf(plain.snapshot));
  const middle = await whole.snapshotAt(6);
  const [weights] = Object.values(middle.mask!.grafts!);
  expect(Array.from(weights!.data)).toEqual(numbersOf(settings, { layer: 0, head: 0 }, donor.snapshot));

  rmSync(dirname(donor.file), { recursive: true });
  await expectGoesOn(whole, after);
  const start = whole.events.filter((event): event is RunStarted => event.type === 'run_started');
  const again = await rerun(stretchesTo(whole.snapshot, start, 'test'), 'test', whole.snapshot.mask?.grafts);
  expect(differences(whole.snapshot, again)).toEqual([]);
});

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

test('what cannot be grafted is refused in one line, and nothing changes', async () => {
  const other = { ...models['decoder']!, model: { ...(models['decoder']!['model'] as object), width: 12 } };
  const wide = await steered(other, []);
  const single = { ...models['decoder']!, model: { ...(models['decoder']!['model'] as object), heads: 1 } };
  const one = await steered(single, []);
  const refused = (edit: string, says: string): Script[number] => ({ ...mask(2, 'clamp', edit), refused: says });
  const { events } = await steered(models['decoder']!, [
    refused('L0H0=graft', '"graft" does not say from where; expected a snapshot or a run, as in L0H3=graft@FILE'),
    refused('L0H0=mean@x', '"mean@x" has no use for a snapshot'),
    refused('L0H0=graft@nowhere', 'no such run or snapshot'),
    refused('L0H9=graft@nowhere', 'is not in the model'),
    refused(
      `L0H0=graft@${one.fileOf(12)}`,
      'has 1 head a layer; expected 2, so that its heads can be those of this model',
    ),
    refused(`L0H0=graft@${wide.fileOf(12)}`, 'has shape [12, 12]; expected shape [8, 8]'),
  ]);
  expect(events.some(({ type }) => type === 'mask_applied')).toBe(false);
});
