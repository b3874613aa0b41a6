import type { Operation } from '../tensor.ts';
import { elementwise } from './elementwise.ts';
import { layout } from './layout.ts';
import { multiplication } from './matmul.ts';
import { normalization } from './normalization.ts';
import type { Primitives } from './primitive.ts';
import { reduction } from './reduction.ts';

/** Every op that computes something. */
export const primitives: Primitives<Operation> = {
  ...elementwise,
  ...reduction,
  ...multiplication,
  ...normalization,
  ...layout,
};
