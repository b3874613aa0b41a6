import { loadPreset } from '../../../src/presets/load.ts';
import { resolveConfig } from '../../../src/presets/resolve.ts';
import type { RunConfig } from '../../../src/protocol/config.ts';
import type { BenchCase, Field } from '../competitor.ts';
import { encoderStep } from '../encoder_step/case.ts';
import type { EncoderSizes } from '../encoder_step/problem.ts';
import { populationStep } from '../population_step/case.ts';
import { sequenceStep } from '../sequence_step/case.ts';
import { presetStep } from './case.ts';

/**
 * A step of a preset's sizes, with peers where there are scripts for its model: exact gradients of one attention layer,
 * encoders of the plain kind and models of sequences, all with Adam.
 * @throws UserError when there is no such preset
 */
export async function stepOf(preset: string, field: Field): Promise<BenchCase> {
  const { raw, where } = loadPreset(preset);
  const { config } = resolveConfig(raw, where);
  if (config.model.name === 'multi_head_softmax' && config.task['training_set'] === 'population') {
    return populationStep(preset, preset, field);
  }
  const sizes = plainEncoder(config);
  if (sizes) return encoderStep(preset, sizes, field);
  return readsSequences(config) ? sequenceStep(preset, preset, field) : presetStep(preset, preset, field);
}

const readsSequences = ({ model }: RunConfig): boolean => ['attention_relu', 'decoder'].includes(model.name);

function plainEncoder({ task, model, train }: RunConfig): EncoderSizes | undefined {
  const { name, activation, positions, attend } = model;
  if (name !== 'encoder' || activation !== 'relu' || positions !== 'none' || attend !== 'all') return undefined;
  const of = (section: Readonly<Record<string, unknown>>, key: string) => section[key] as number;
  return {
    L: of(model, 'layers'),
    H: of(model, 'heads'),
    d: of(model, 'width'),
    F: of(model, 'mlp_width'),
    T: of(task, 'tokens'),
    N: of(task, 'prompt_examples'),
    B: train.batch,
    token_dim: of(task, 'token_dim'),
    features: of(task, 'features'),
  };
}
