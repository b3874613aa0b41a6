import type { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import type { Picture, Probe } from '../contract.ts';
import { neuronParts, paired } from './neurons.ts';
import { drawPrompts, matchingContexts, type Problem } from './prompts.ts';

/**
 * Prompts of unseen tasks for pictures (of trained ones, when none is unseen), with `target` z [P, 1], `labels` [P, l] and
 * `matching` [P, l], 1 where a context has the pattern of the query.
 */
export function probeOf(
  { world, relevant: patterns, trained, unseen }: Problem,
  { share, kappa, contexts }: { readonly share: number; readonly kappa: number; readonly contexts: number },
  count: number,
  stream: RandomStream,
): Probe {
  const pairs = unseen.length > 0 ? unseen : trained;
  const prompts = drawPrompts(
    { world, patterns, pairs, share, kappa },
    { count, contexts, tokens: contexts + 1 },
    stream,
  );
  const width = prompts.tokens.length / (count * (contexts + 1));
  return {
    inputs: { tokens: hostTensor([count, contexts + 1, width], prompts.tokens) },
    references: {
      target: hostTensor([count, 1], prompts.target),
      labels: hostTensor([count, contexts], withoutQuery(prompts.labels, contexts)),
      matching: hostTensor([count, contexts], matchingContexts(prompts, count)),
    },
  };
}

/**
 * Of models with the activations `neuron_embedding` [F, d] and `readout` [F]: `neuron_feature` and `neuron_label` [F, 2], norm
 * and angle in radians of each part of a neuron (see `NeuronParts`), and `neuron_sign` [F], the sign of its readout.
 */
export function pictureOf({ world, relevant: patterns }: Problem): Picture {
  const relevant = hostTensor([patterns.rows, patterns.columns], patterns.data);
  return {
    activations: ['neuron_embedding', 'readout'],
    draw({ neuron_embedding: rows, readout }): Record<string, HostTensor> {
      if (!rows || !readout) return {};
      const { featureNorm, featureAngle, labelNorm, labelAngle } = neuronParts(rows, relevant, world.labelEmbedding);
      return {
        neuron_feature: paired(featureNorm, featureAngle),
        neuron_label: paired(labelNorm, labelAngle),
        neuron_sign: hostTensor(readout.shape, Float32Array.from(readout.data, Math.sign)),
      };
    },
  };
}

function withoutQuery(labels: Float32Array, contexts: number): Float32Array {
  return labels.filter((_, i) => (i + 1) % (contexts + 1) !== 0);
}
