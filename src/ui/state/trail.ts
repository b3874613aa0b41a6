import type { ProbeFrame } from '../../protocol/messages.ts';

/** Where the neurons were at a step: norm and angle of each part, [neuron, 2]. */
export interface NeuronFrame {
  readonly step: number;
  readonly feature: Float32Array;
  readonly label: Float32Array;
}

/** Steps kept; when there are more, every second one of those is given up. */
const longest = 32;

/** The steps seen so far and one more. Going back in time takes the later ones away; the newest step is always kept. */
export function trailWith(trail: readonly NeuronFrame[], { step, tensors }: ProbeFrame): readonly NeuronFrame[] {
  const { neuron_feature: feature, neuron_label: label } = tensors;
  if (!feature || !label || feature.data.length !== label.data.length) return trail;
  const earlier = trail.filter((frame) => frame.step < step && frame.feature.length === feature.data.length);
  const grown = [...earlier, { step, feature: feature.data, label: label.data }];
  if (grown.length <= longest) return grown;
  return grown.filter((_, index) => index % 2 === 0 || index === grown.length - 1);
}
