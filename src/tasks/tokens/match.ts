import type { SymbolicTensor } from '../../graph/symbolic.ts';

/**
 * Prefix matching: 1 where the symbols before a key are the last ones up to a query, [prompt, query, key]. What stands at the key is
 * what came after them before, so that attention there predicts the next symbol. Olsson et al. 2022.
 * @param tokens one-hot [prompt, token, symbol]
 * @param order how many symbols have to be the same
 */
export function samePrefix(tokens: SymbolicTensor, order = 1): SymbolicTensor {
  const count = tokens.shape[1]!.size;
  const same = tokens.matmul(tokens.transposed());
  // Entry (t, j) of each is 1[x_{t−i} = x_{j−1−i}].
  const shifted = Array.from({ length: Math.min(order, count - 1) }, (_, i) =>
    same
      .slice(1, 0, count - i)
      .pad(1, i, 0)
      .slice(2, 0, count - i - 1)
      .pad(2, i + 1, 0),
  );
  return shifted.reduce((product, factor) => product.mul(factor));
}
