import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import type { PartCounts } from '../../protocol/mask_values.ts';

const size = (description: string, largest = 100_000) => z.int().min(1).max(largest).describe(description);

/** Keys of the configuration that every transformer has, with the sizes it has unless told otherwise. */
export const transformerKeys = (usual: Readonly<Record<'layers' | 'heads' | 'width' | 'mlp_width', number>>) => ({
  layers: size('Layers, L', 1000).default(usual.layers),
  heads: size('Attention heads of a layer, H; must divide the width unless they have a width of their own').default(
    usual.heads,
  ),
  width: size('Width of the residual stream, D').default(usual.width),
  key_width: z
    .union([z.literal('default'), size('Numbers')])
    .default('default')
    .describe('Width of the keys, queries and values of a head; default is the width divided by the heads'),
  mlp_width: size('Neurons of a layer, F').default(usual.mlp_width),
  init_std: z
    .union([z.literal('default'), z.number().min(0).max(1e6)])
    .default('default')
    .describe(
      'Standard deviation of every matrix at the start; default is √(2 / (rows + columns)), after Glorot and Bengio',
    ),
});

/** Layers that are applied; each is prepared by itself, for a third of a second, in which no signal is heard. */
const mostApplied = 128;

export interface TransformerSizes {
  /** Those that have parameters of their own. */
  readonly layers: number;
  /** How often all of them are applied, one after the other. */
  readonly loops: number;
  readonly heads: number;
  readonly width: number;
  readonly keyWidth: number;
  /** 0 for layers of attention alone. */
  readonly mlpWidth: number;
}

/**
 * Sizes that the configuration asks for.
 * @throws UserError when the heads cannot share the width equally, or layers are too many
 */
export function transformerSizes(settings: {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly key_width: number | 'default';
  readonly mlp_width: number;
  readonly loops?: number;
}): TransformerSizes {
  const { layers, loops = 1, heads, width, key_width: keyWidth, mlp_width: mlpWidth } = settings;
  if (keyWidth === 'default') requireDivisor(heads, width);
  if (layers * loops > mostApplied) {
    throw new UserError({
      what: `model.layers × model.loops is ${layers * loops}`,
      expected: `at most ${mostApplied} layers, one after the other`,
    });
  }
  return { layers, loops, heads, width, keyWidth: keyWidth === 'default' ? width / heads : keyWidth, mlpWidth };
}

/** The `model` section for the same transformer with so many heads and neurons a layer, each as wide as before. */
export function resizedSettings<S extends object>(
  settings: S,
  { keyWidth }: TransformerSizes,
  parts: Omit<PartCounts, 'layers'>,
): S {
  return { ...settings, heads: parts.heads, mlp_width: parts.neurons, key_width: keyWidth };
}

function requireDivisor(heads: number, width: number): void {
  if (width % heads === 0) return;
  const divisors = Array.from({ length: width }, (_, i) => i + 1).filter((count) => width % count === 0);
  const nearest = [divisors.findLast((count) => count < heads), divisors.find((count) => count > heads)];
  throw new UserError({
    what: `model.heads is ${heads}, which does not divide model.width ${width}`,
    expected: nearest.filter((count) => count !== undefined).join(' or '),
  });
}
