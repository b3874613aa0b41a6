import { z } from 'zod';
import { UserError } from '../../core/errors.ts';

const size = (description: string, largest = 100_000) => z.int().min(1).max(largest).describe(description);

/** Keys of the configuration that every transformer has. */
export const transformerKeys = {
  layers: size('Layers, L', 1000).default(4),
  heads: size('Attention heads of a layer, H; must divide the width').default(8),
  width: size('Width of the residual stream, D').default(256),
  mlp_width: size('Neurons of a layer, F').default(512),
  init_std: z
    .union([z.literal('default'), z.number().min(0).max(1e6)])
    .default('default')
    .describe(
      'Standard deviation of every matrix at the start; default is √(2 / (rows + columns)), after Glorot and Bengio',
    ),
};

export interface TransformerSizes {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly mlpWidth: number;
}

/** @throws UserError when the heads cannot share the width equally. */
export function checkHeads(heads: number, width: number): void {
  if (width % heads === 0) return;
  const divisors = Array.from({ length: width }, (_, i) => i + 1).filter((count) => width % count === 0);
  const nearest = [divisors.findLast((count) => count < heads), divisors.find((count) => count > heads)];
  throw new UserError({
    what: `model.heads is ${heads}, which does not divide model.width ${width}`,
    expected: nearest.filter((count) => count !== undefined).join(' or '),
  });
}
