import { expect } from 'vitest';
import { isGraft } from '../../../src/protocol/interventions.ts';
import { parseMask } from '../../../src/protocol/mask_edits.ts';
import { editMasks, openMasks } from '../../../src/protocol/mask_values.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { bytesOf, configOf, historyOf, type Script, scriptOf, steered } from '../steered.ts';

export const mask = (at: number, scope: 'probe' | 'clamp', ...edits: string[]): Script[number] => ({
  at,
  request: { type: 'mask', scope, edits },
});
export const save = (at: number): Script[number] => ({ at, request: { type: 'snapshot', why: 'key' } });

const total = 12;
export const train = { optimizer: 'adamw', weight_decay: 0.1, learning_rate: 0.01, batch: 8, steps: total, unroll: 2 };
const rest = { train, evaluate: { every: 4, prompts: 10 }, snapshot: { occasions: false }, device: 'cpu', threads: 1 };

const small = { name: 'decoder', layers: 2, heads: 2, width: 8, mlp_width: 12 };
const chain = { name: 'markov_chain', vocabulary: 3, length: 6 };

/** Every family of models, small. */
export const models: Readonly<Record<string, Record<string, unknown>>> = {
  decoder: {
    task: { name: 'linear_regression', dim: 3, points: 5 },
    model: small,
    ...rest,
  },
  attention_only: { task: chain, model: { ...small, mlp_width: 0, positions: 'rotary' }, ...rest },
  looped: { task: chain, model: { ...small, layers: 1, loops: 2, norm: 'rms' }, ...rest },
  state_space: { task: chain, model: { ...small, layers: 1, mixer: 'state_space', positions: 'none' }, ...rest },
  encoder: {
    task: {
      name: 'representation_regression',
      tokens: 6,
      prompt_examples: 3,
      token_dim: 4,
      features: 2,
      training_set: 'fresh',
    },
    model: { name: 'encoder', layers: 2, heads: 2, width: 8, mlp_width: 12 },
    ...rest,
  },
  multi_head_softmax: {
    task: { name: 'representation_regression', tokens: 6, prompt_examples: 3, token_dim: 4, features: 2 },
    model: { name: 'multi_head_softmax', heads: 2 },
    ...rest,
  },
  attention_relu: {
    task: { name: 'pattern_classification', relevant: 4, irrelevant: 4, out_of_domain: 2 },
    model: { name: 'attention_relu', neurons: 12 },
    ...rest,
  },
  linear_attention: {
    task: { name: 'pair_regression', dim: 3, examples: 5 },
    model: { name: 'linear_attention', heads: 2 },
    ...rest,
  },
};

/** Every model with every kind that it has, temperature and a share removed among them. */
export const cases = Object.entries(models).flatMap(([name, settings]) => {
  const { interventions = [] } = createExperiment(configOf(settings), 'test').model.facts;
  const own = interventions.filter((kind) => !isGraft(kind));
  return ['remove', ...own].map((kind) => [name, kind === 'temperature' ? `${kind}*2` : kind] as const);
});

/** The edit of a kind, of a strength that is neither 0 nor 1 where there are such. */
const some = (kind: string) => (/temperature|freeze/.test(kind) ? `L0H0=${kind}` : `L0H0=${kind}*0.75`);

/** A probe never changes training; a clamp does, and goes on from a snapshot and a fork, and by its journal, byte by byte. */
export async function expectInBothScopes(name: string, kind: string): Promise<void> {
  const settings = models[name]!;
  const plain = await steered(settings, []);
  const probed = await steered(settings, [mask(3, 'probe', some(kind)), mask(9, 'probe', '+L0H0')]);
  expect(bytesOf(probed.snapshot)).toEqual(bytesOf(plain.snapshot));

  const [before, after] = [mask(3, 'clamp', some(kind)), mask(10, 'clamp', '+L0H0')];
  const whole = await steered(settings, [before, save(6), after]);
  expect(bytesOf(whole.snapshot)).not.toEqual(bytesOf(plain.snapshot));
  const middle = await whole.snapshotAt(6);
  const { facts } = createExperiment(configOf(settings), 'test').model;
  expect(middle.mask?.interventions).toEqual(editMasks(openMasks(facts), parseMask(some(kind))).interventions);
  await expectGoesOn(whole, after);
  const replayed = await steered(settings, scriptOf(whole.events));
  expect(bytesOf(replayed.snapshot)).toEqual(bytesOf(whole.snapshot));
}

/** From its snapshot of step 6, and from one of step 8 of that run, it comes to the same bytes. @param after what is done at step 10 */
export async function expectGoesOn(whole: Awaited<ReturnType<typeof steered>>, after: Script[number]): Promise<void> {
  const { config } = await whole.snapshotAt(6);
  const resumed = await steered({ ...config }, [save(8), after], { file: whole.fileOf(6), step: 6 });
  const fork = { file: resumed.fileOf(8), step: 8 };
  const forked = await steered({ ...(await resumed.snapshotAt(8)).config }, [after], fork);
  for (const other of [resumed, forked]) {
    expect(bytesOf(other.snapshot)).toEqual(bytesOf(whole.snapshot));
    expect(historyOf(other.snapshot)).toEqual(historyOf(whole.snapshot));
  }
}
