import { expect, test } from 'vitest';
import type { HostTensor } from '../../src/core/tensor.ts';
import { lengths } from '../../src/graph/types.ts';
import { parseAddress } from '../../src/protocol/address.ts';
import type { Snapshot } from '../../src/snapshots/format.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { bytesOf, configOf, type Script, scriptOf, steered } from './steered.ts';

const prune = (at: number, scope: 'probe' | 'clamp', ...edits: string[]): Script[number] => ({
  at,
  request: { type: 'mask', scope, edits },
});
const save = (at: number): Script[number] => ({ at, request: { type: 'snapshot', why: 'key' } });

const transformer = {
  'task.training_set': 'fresh',
  'train.batch': 8,
  'model.name': 'encoder',
  'model.layers': 2,
  'model.heads': 4,
  'model.width': 8,
  'model.mlp_width': 12,
};

/** Models and rules with momentum, decay in both forms, and clipping: what moves parameters without a gradient. */
const forms: [string, Record<string, unknown>, string[]][] = [
  ['softmax heads, Adam with L2', { 'train.weight_decay': 0.1 }, ['L0H1', 'L0H3']],
  [
    'softmax heads, momentum, clipped',
    { 'train.optimizer': 'momentum', 'train.clip_norm': 0.5, 'train.weight_decay': 0.1 },
    ['L0H0'],
  ],
  ['encoder, AdamW', { ...transformer, 'train.optimizer': 'adamw', 'train.weight_decay': 0.1 }, ['L0H1', 'L1N5']],
  [
    'encoder, SGD',
    { ...transformer, 'model.layers': 1, 'train.optimizer': 'sgd', 'train.learning_rate': 0.05 },
    ['L0H3', 'L0N0', 'L0N11'],
  ],
];

const looped = {
  task: { name: 'markov_chain', vocabulary: 3, length: 6 },
  model: {
    name: 'decoder',
    layers: 1,
    loops: 2,
    heads: 2,
    width: 8,
    mlp_width: 12,
    norm: 'rms',
    tied_embeddings: true,
  },
  train: { learning_rate: 0.01, batch: 8, steps: 40, unroll: 2 },
  evaluate: { every: 10, prompts: 20 },
};

/** Models of other tasks, whose parts use parameters of their own. */
const others: typeof forms = [
  [
    'attention and ReLU, momentum',
    {
      task: { name: 'pattern_classification', relevant: 4, irrelevant: 4, out_of_domain: 2 },
      model: { name: 'attention_relu', neurons: 12 },
      train: { optimizer: 'momentum', weight_decay: 0.1, learning_rate: 0.2, batch: 16, steps: 40, unroll: 2 },
      evaluate: { every: 10, prompts: 20 },
    },
    ['L0H0', 'L0N2', 'L0N11'],
  ],
  [
    'decoder, AdamW',
    {
      task: { name: 'linear_regression', dim: 3, points: 5 },
      model: { name: 'decoder', layers: 2, heads: 2, width: 8, mlp_width: 12 },
      train: { optimizer: 'adamw', weight_decay: 0.1, learning_rate: 0.01, batch: 8, steps: 40, unroll: 2 },
      evaluate: { every: 10, prompts: 20 },
    },
    ['L0H1', 'L1N0', 'L1N7'],
  ],
  [
    'state spaces, AdamW',
    {
      ...looped,
      model: { name: 'decoder', layers: 2, heads: 2, width: 8, mlp_width: 12, mixer: 'state_space' },
      train: { optimizer: 'adamw', weight_decay: 0.1, learning_rate: 0.01, batch: 8, steps: 40, unroll: 2 },
    },
    ['L0H1', 'L1N0'],
  ],
  [
    'looped decoder with RMS norms and tied embeddings, AdamW, pruned every time that the layer is applied',
    {
      ...looped,
      train: { optimizer: 'adamw', weight_decay: 0.1, learning_rate: 0.01, batch: 8, steps: 40, unroll: 2 },
    },
    ['L0H1', 'L1H1', 'L0N3', 'L1N3'],
  ],
];

/** The numbers of `tensor` that parts alone use, and all others, as bytes. */
function divided(settings: Record<string, unknown>, parts: readonly string[], snapshot: Snapshot) {
  const { model } = createExperiment(configOf(settings), 'test');
  const tensors: [string, HostTensor][] = Object.entries(snapshot.params);
  for (const [name, tensor] of Object.entries(snapshot.optimizer))
    if (tensor.shape.length > 0) tensors.push([name, tensor]);
  const held: number[] = [];
  const free: number[] = [];
  for (const [name, { data }] of tensors) {
    const spec = model.parameters.find((parameter) => name === parameter.name || name.endsWith(`/${parameter.name}`))!;
    const sizes = lengths(spec.shape);
    data.forEach((value, at) => {
      const place = sizes.map((length, axis) => {
        const inner = sizes.slice(axis + 1).reduce((product, size) => product * size, 1);
        return Math.floor(at / inner) % length;
      });
      const isHeld = parts.some((part) =>
        model
          .holdings(parseAddress(part)!)
          .some((one) => one.parameter === spec.name && place[one.axis]! >= one.from && place[one.axis]! < one.to),
      );
      (isHeld ? held : free).push(value);
    });
  }
  const bytes = (values: number[]) => Buffer.from(Float32Array.from(values).buffer).toString('hex');
  return { held: bytes(held), free: bytes(free), count: held.length };
}

test.each([...forms, ...others])(
  'under clamp what pruned parts alone use stays as it is, to the bit: %s',
  async (_, settings, parts) => {
    const run = await steered(settings, [
      save(10),
      prune(10, 'clamp', ...parts.map((part) => `-${part}`)),
      save(20),
      prune(20, 'clamp', ...parts.map((part) => `+${part}`)),
      save(30),
    ]);
    const at = async (step: number) => divided(settings, parts, await run.snapshotAt(step));
    const [before, frozen, restored] = [await at(10), await at(20), await at(30)];
    expect(before.count).toBeGreaterThan(0);
    expect(frozen.held).toBe(before.held);
    expect(frozen.free).not.toBe(before.free);
    // Restored, they go on from there.
    expect(restored.held).not.toBe(frozen.held);
  },
);

test('what a layer loses one of the times that it is applied is trained by the others', async () => {
  const run = await steered(looped, [save(10), prune(10, 'clamp', '-L0H1'), save(20)]);
  const at = async (step: number) => divided(looped, ['L0H1'], await run.snapshotAt(step));
  expect((await at(20)).held).not.toBe((await at(10)).held);
});

test.each(forms)('under probe training does not notice: %s', async (_, settings, parts) => {
  const plain = await steered(settings, []);
  const probed = await steered(settings, [prune(7, 'probe', ...parts.map((part) => `-${part}`))]);
  expect(bytesOf(probed.snapshot)).toEqual(bytesOf(plain.snapshot));
  const last = (events: typeof plain.events) => events.findLast((event) => event.type === 'evaluated')!;
  expect(last(probed.events).values).not.toEqual(last(plain.events).values);
  // What is kept of it is the whole model's.
  expect(last(probed.events).intact).toEqual(last(plain.events).values);
  expect(last(plain.events).intact).toBeUndefined();
  const kept = ({ history }: Snapshot) => Object.entries(history).map(([name, { last }]) => [name, last.at(-1)]);
  expect(kept(probed.snapshot)).toEqual(kept(plain.snapshot));
});

test.each(forms)('unrolling leaves the bytes alone while something is clamped: %s', async (_, settings, parts) => {
  const script = [prune(8, 'clamp', ...parts.map((part) => `-${part}`)), prune(24, 'clamp', `+${parts[0]}`)];
  const one = await steered({ ...settings, 'train.unroll': 1, 'evaluate.every': 8 }, script);
  const eight = await steered({ ...settings, 'train.unroll': 8, 'evaluate.every': 8 }, script);
  expect(bytesOf(eight.snapshot)).toEqual(bytesOf(one.snapshot));
});

test.each(forms)(
  'a run resumed with clamped parts ends with the bytes of one that was never stopped: %s',
  async (_, settings, parts) => {
    const whole = await steered(settings, [prune(9, 'clamp', ...parts.map((part) => `-${part}`)), save(17)]);
    const resumed = await steered(settings, [], { file: whole.fileOf(17), step: 17 });
    expect(bytesOf(resumed.snapshot)).toEqual(bytesOf(whole.snapshot));
    expect(resumed.snapshot.mask).toEqual(whole.snapshot.mask);
    expect(resumed.snapshot).toMatchObject({ maskScope: 'clamp', maskRevision: 1 });
    expect(resumed.events.find((event) => event.type === 'mask_applied')).toMatchObject({
      step: 17,
      revision: 1,
      scope: 'clamp',
    });
  },
);

test('doing again what the journal says was done gives the same bytes', async () => {
  const settings = { ...transformer, 'train.optimizer': 'adamw', 'train.weight_decay': 0.1 };
  const first = await steered(settings, [
    prune(5, 'probe', '-L0N3-9'),
    { at: 8, request: { type: 'set', path: 'train.learning_rate', value: 0.002 } },
    prune(11, 'clamp', '-L1H2', '+L0N4'),
    prune(20, 'clamp', '+L1H2'),
    prune(31, 'probe'),
  ]);
  const script = scriptOf(first.events);
  expect(script.map(({ at }) => at)).toEqual([5, 8, 11, 20, 31]);
  const again = await steered(settings, script);
  expect(bytesOf(again.snapshot)).toEqual(bytesOf(first.snapshot));
  expect(bytesOf((await steered(settings, script.slice(1))).snapshot)).not.toEqual(bytesOf(first.snapshot));
  // The snapshot carries them too.
  expect(scriptOf(first.snapshot.events)).toEqual(script);
});

test('a change is followed at once by an evaluation, which under clamp stands in every curve instead of the one before', async () => {
  const { events, snapshot } = await steered({}, [prune(15, 'probe', '-L0H0-2')]);
  const at = events.findIndex((event) => event.type === 'mask_applied');
  expect(events[at]).toMatchObject({ step: 15, revision: 1, scope: 'probe', edits: ['-L0H0-2'], kept_fraction: 0.25 });
  expect(events[at + 1]).toMatchObject({ type: 'evaluated', step: 15 });
  const twice = await steered({}, [prune(10, 'clamp', '-L0H0-2')]);
  const [before, after] = twice.events.flatMap((event) =>
    event.type === 'evaluated' && event.step === 10 ? [event.values['unseen_error']!.mean!] : [],
  );
  expect(after).not.toBe(before);
  const curve = twice.snapshot.history['unseen_error']!;
  expect([...curve.last].filter((_, i) => curve.step[i] === 10)).toEqual([Math.fround(after!)]);
  expect([...snapshot.mask!.heads.data]).toEqual([0, 0, 0, 1]);
});

test('edits that name no part change nothing', async () => {
  const wrong = [['-L0H4'], ['-L0N0'], ['nonsense'], ['-L0H0', '-L9H0']];
  const script = wrong.map((edits) => ({ ...prune(3, 'clamp', ...edits), refused: edits.at(-1)! }));
  const { snapshot, events } = await steered({}, script);
  expect(snapshot).toMatchObject({ maskRevision: 0, maskScope: 'probe' });
  expect(snapshot.mask!.heads.data.every((kept) => kept === 1)).toBe(true);
  expect(events.some((event) => event.type === 'mask_applied')).toBe(false);
});
