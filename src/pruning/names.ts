/** What can be pruned of every layer. */
export type PartKind = 'heads' | 'neurons';

/** How parts are ranked. */
export const scoreNames = ['magnitude', 'attention', 'gradient'] as const;
export type ScoreName = (typeof scoreNames)[number];

/** Which parts go first. */
export const orders = ['smallest', 'random', 'largest'] as const;
export type Order = (typeof orders)[number];

/** Activations under which the gradients of the loss with respect to the masks stand, ∂loss/∂mask [L, parts]. */
export const gradientNames: Readonly<Record<PartKind, string>> = { heads: 'head_gradient', neurons: 'neuron_gradient' };
