import { UserError } from '../core/errors.ts';
import { type HostTensor, hostTensor } from '../core/tensor.ts';
import { gradientNames, type PartKind, type ScoreName } from './names.ts';

/** How much every part of one kind counts: `values` [L, parts], larger for more important ones. */
export interface PartScores {
  readonly kind: PartKind;
  readonly values: HostTensor;
}

type Activations = Readonly<Record<string, HostTensor>>;

/** What a model's activations, and the gradients of the loss, tell of its parts. */
export const scoresOfActivations: Readonly<
  Record<ScoreName, (kind: PartKind, activations: Activations) => PartScores>
> = {
  magnitude: magnitudeScores,
  attention: attentionScores,
  gradient: gradientScores,
};

/**
 * Size of the weights through which a part reaches the rest of the network: a neuron's row of the output matrix (Li et al.
 * 2024, section 3.4), a head's block of W_V W_O.
 * @param activations of the model: `head_magnitude` [L, H] and `neuron_magnitude` [L, F]
 * @throws UserError when the model has no such parts
 */
function magnitudeScores(kind: PartKind, activations: Activations): PartScores {
  const values = activations[kind === 'heads' ? 'head_magnitude' : 'neuron_magnitude'];
  if (values) return { kind, values };
  throw new UserError({ what: `the model has no ${kind} to rank by magnitude` });
}

/**
 * Confidence of a head: its largest attention weight, mean over queries and prompts. Voita et al. 2019, section 4.
 * @param activations of the model: `attention` [P, L, H, Tq, Tk]
 * @throws UserError for neurons, which do not attend
 */
function attentionScores(kind: PartKind, { attention }: Activations): PartScores {
  if (kind !== 'heads' || !attention) {
    throw new UserError({
      what: 'attention ranks heads only',
      expected: 'magnitude or gradient for neurons',
    });
  }
  const [prompts, layers, heads, queries, keys] = attention.shape as [number, number, number, number, number];
  const values = new Float64Array(layers * heads);
  const { data } = attention;
  for (let row = 0; row < prompts * layers * heads * queries; row++) {
    let largest = 0;
    for (let key = 0; key < keys; key++) largest = Math.max(largest, data[row * keys + key]!);
    const part = Math.floor(row / queries) % values.length;
    values[part] = values[part]! + largest / (prompts * queries);
  }
  return { kind, values: hostTensor([layers, heads], values) };
}

/**
 * First-order estimate of how much the loss changes without a part, |∂loss/∂mask|. Michel et al. 2019, section 4.1;
 * Molchanov et al. 2017, equation 7.
 * @param activations gradients by `gradientNames`, [L, parts]
 * @throws UserError when they were not measured
 */
function gradientScores(kind: PartKind, activations: Activations): PartScores {
  const gradients = activations[gradientNames[kind]];
  if (gradients) return { kind, values: hostTensor(gradients.shape, gradients.data.map(Math.abs)) };
  throw new UserError({ what: 'the gradient comes with new pictures' });
}
