import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { freezeKinds } from '../../../src/protocol/interventions.ts';
import { parseMask } from '../../../src/protocol/mask_edits.ts';
import { editMasks, openMasks } from '../../../src/protocol/mask_values.ts';
import { reduceRunEvents } from '../../../src/runs/reduce.ts';
import { emptyRun } from '../../../src/runs/state.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { trainedEntries } from '../../../src/trainer/session/freezing.ts';
import { bytesOf, configOf, type Script, steered } from '../steered.ts';
import { cases, expectInBothScopes, mask, models, save, train } from './cases.ts';

test('every model has kinds of its own, and says so', () => {
  const of = (name: string) => cases.filter(([model]) => model === name).map(([, kind]) => kind);
  expect(of('decoder')).toEqual([
    ...['remove', 'temperature*2', 'uniform', 'previous', 'match', 'mean', 'resample'],
    ...['freeze_queries', 'freeze_keys', 'freeze_values', 'freeze_pattern'],
  ]);
  expect(of('encoder')).not.toContain('previous');
  expect(of('linear_attention')).toEqual(['remove', 'mean', 'resample', 'freeze_pattern']);
  expect(of('multi_head_softmax')).toEqual(['remove', 'temperature*2', 'uniform', 'freeze_pattern']);
  expect(of('attention_relu')).toContain('match');
  expect(of('attention_only')).toEqual(of('decoder'));
  expect(of('looped')).toEqual(of('decoder'));
  expect(of('state_space')).toEqual(['remove', 'mean', 'resample', ...freezeKinds]);
});

// Every kind once, and every model; the slow tier has every kind of every model.
const some = cases.filter(
  ([name, kind]) =>
    (name === 'decoder' && !/freeze_[kv]/.test(kind)) ||
    ['encoder mean', 'multi_head_softmax uniform', 'attention_relu mean', 'linear_attention mean'].includes(
      `${name} ${kind}`,
    ) ||
    ['attention_only match', 'looped uniform', 'state_space freeze_values'].includes(`${name} ${kind}`),
);

test.each(some)('%s, %s: a probe leaves training alone, a clamp goes on byte by byte', expectInBothScopes);

test('strength 0 is nothing, to the byte', async () => {
  const plain = await steered(models['decoder']!, []);
  const edits = ['temperature*1', 'uniform*0', 'previous*0', 'match*0', 'mean*0', 'resample*0', 'remove*0'];
  const none = await steered(models['decoder']!, [mask(3, 'clamp', ...edits.map((edit) => `L0H0=${edit}`))]);
  expect(bytesOf(none.snapshot)).toEqual(bytesOf(plain.snapshot));
});

test('evaluations of a probe see the intervention, and tell what the whole model measures beside it', async () => {
  const { events } = await steered(models['decoder']!, [mask(5, 'probe', 'L0H0-1=uniform,L1H0-1=mean')]);
  const evaluated = events.filter((event) => event.type === 'evaluated');
  const [bent] = evaluated.filter(({ step, intact }) => step === 8 && intact);
  expect(bent!.values['eval_loss']!.mean).not.toBe(bent!.intact!['eval_loss']!.mean);
});

test('a full clamp of the pattern leaves queries and keys of the head where they are but for decay', async () => {
  const settings = { ...models['decoder']!, train: { ...train, optimizer: 'sgd', weight_decay: 0 } };
  const { snapshotAt, snapshot } = await steered(settings, [mask(4, 'clamp', 'L1H1=uniform'), save(4)]);
  const start = await snapshotAt(4);
  const column = (name: string, of = snapshot) => {
    const { shape, data } = of.params[name]!;
    return Array.from(data).filter((_, i) => i % shape[1]! >= 4);
  };
  for (const name of ['W_Q', 'W_K']) {
    expect(column(`layers.1.attn.${name}`)).toEqual(column(`layers.1.attn.${name}`, start));
  }
  expect(column('layers.1.attn.W_V')).not.toEqual(column('layers.1.attn.W_V', start));
});

test('freezing holds the numbers of queries, keys, values or both of the first, and nothing else', () => {
  const { model } = createExperiment(configOf(models['decoder']!), 'test');
  const heldBy = (edit: string) =>
    trainedEntries(model, editMasks(openMasks(model.facts), parseMask(edit))).data.filter((keep) => keep === 0).length;
  const one = 8 * 4 + 4;
  expect(heldBy('L0H1=freeze_queries')).toBe(one);
  expect(heldBy('L0H1=freeze_keys')).toBe(one);
  expect(heldBy('L0H1=freeze_values')).toBe(one);
  expect(heldBy('L0H1=freeze_pattern')).toBe(2 * one);
  expect(heldBy('L0H1=freeze_pattern,L0H1=freeze_keys')).toBe(2 * one);
  expect(heldBy('L0H1=uniform')).toBe(0);
});

test('what cannot be is refused in one line, and nothing changes', async () => {
  const refused = (edit: string, says: string): Script[number] => ({ ...mask(2, 'clamp', edit), refused: says });
  const { events } = await steered(models['encoder']!, [
    refused('L0H7=mean', 'L0H7=mean is not in the model'),
    refused('L0H0=mean*2', 'mean*2 is out of range; expected a strength from 0'),
    refused('L0H0=previous', 'L0H0 has no previous; expected one of remove, temperature, uniform, graft_pattern, mean'),
    refused('L0H0=sideways', '"sideways" is no intervention on a head'),
  ]);
  expect(events.some(({ type }) => type === 'mask_applied')).toBe(false);
});

test('curves are marked with it, and undoing takes it back though the run was forked in between', async () => {
  const settings = models['decoder']!;
  const first = await steered(settings, [mask(3, 'clamp', 'L0H0=mean'), mask(5, 'clamp', 'L0H0=mean*0.5'), save(6)]);
  const labels = (events: readonly RunEvent[]) => reduceRunEvents(emptyRun, events).marks.map(({ label }) => label);
  expect(labels(first.events)).toEqual(expect.arrayContaining(['L0H0 mean (clamp)', 'L0H0 mean*0.5 (clamp)']));
  const config = (await first.snapshotAt(6)).config;
  const undone: Script[number] = {
    at: 8,
    request: { type: 'mask', scope: 'clamp', edits: ['L0H0=mean*0'], why: 'undo' },
  };
  const forked = await steered({ ...config }, [undone], { file: first.fileOf(6), step: 6 });
  const run = reduceRunEvents(emptyRun, forked.events);
  expect(run.mask.values.interventions).toBeUndefined();
});
