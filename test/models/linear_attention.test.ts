import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { linearAttention } from '../../src/models/linear_attention.ts';
import { linearRegression } from '../../src/tasks/linear_regression.ts';
import { pairRegression } from '../../src/tasks/pair_regression.ts';
import { relativeError } from '../fixtures/yang.ts';
import { contextOf } from '../tasks/context.ts';
import { compute, feedsOf, recordNetwork } from './network.ts';

const [heads, dim, examples, count] = [2, 3, 4, 5];
const width = dim + 1;
const task = pairRegression.create(pairRegression.schema.parse({ dim, examples }), contextOf(0));
const model = linearAttention.create(linearAttention.schema.parse({ heads }), task);
const draw = (length: number, name: string) => RandomStream.named(0, name).fillGaussian(new Float64Array(length));
const numbers = { p: draw(heads * width, 'p'), Q: draw(heads * width * width, 'Q') };

/** Prompts whose labels are times `sign`. */
function promptsOf(sign: number): HostTensor {
  const tokens = draw(count * (examples + 1) * width, 'tokens');
  for (let at = dim; at < tokens.length; at += width)
    tokens[at]! *= at % ((examples + 1) * width) === examples * width + dim ? 0 : sign;
  return hostTensor([count, examples + 1, width], tokens);
}

async function look(tokens: HostTensor, mask: readonly number[] = [1, 1]) {
  const { recorder, forward } = recordNetwork(model);
  const declared = {
    tokens: recorder.input(
      'prompts/tokens',
      tokens.shape.map((size, axis) => ({ name: `axis ${axis}`, size })),
    ),
  };
  const outputs = { ...forward.activations(declared), read: forward.predict(declared) };
  const feeds = {
    ...feedsOf(model, numbers),
    'prompts/tokens': tokens,
    heads: hostTensor([1, 2], Float64Array.from(mask)),
  };
  return compute(await loadEngine('reference'), recorder, outputs, feeds);
}

describe('linear attention', () => {
  it.each([[[1, 1]], [[1, 0]], [[0, 1]]])(
    'predicts Σ_h (1/n) Σ_i (p_hᵀ z_i)(z_iᵀ Q_h z_q), heads %j kept',
    async (mask) => {
      const tokens = promptsOf(1);
      const { read, prediction, scores, attention } = await look(tokens, mask);
      const z = (p: number, i: number, j: number) => tokens.data[(p * (examples + 1) + i) * width + j]!;
      const expected: number[] = [];
      const products: number[] = [];
      for (let p = 0; p < count; p++) {
        let sum = 0;
        for (let h = 0; h < heads; h++) {
          for (let i = 0; i < examples; i++) {
            let [value, score] = [0, 0];
            for (let a = 0; a < width; a++) {
              value += numbers.p[h * width + a]! * z(p, i, a);
              for (let b = 0; b < width; b++)
                score += z(p, i, a) * numbers.Q[(h * width + a) * width + b]! * z(p, examples, b);
            }
            products.push(score);
            sum += (mask[h]! * value * score) / examples;
          }
        }
        expected.push(sum);
      }
      expect(relativeError(read!.data, expected)).toBeLessThan(1e-12);
      expect([...prediction!.data]).toEqual([...read!.data]);
      expect(relativeError(scores!.data, products)).toBeLessThan(1e-12);
      for (let row = 0; row < count * heads; row++) {
        const shares = [...attention!.data.slice(row * examples, (row + 1) * examples)];
        expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
      }
    },
  );

  it.each([[[1, 1]], [[1, 0]]])(
    'is a step preconditioned by Â in the part that is linear in labels, heads %j kept',
    async (mask) => {
      const tokens = promptsOf(1);
      const [plus, minus] = [await look(tokens, mask), await look(promptsOf(-1), mask)];
      const A = plus['preconditioner']!.data;
      const z = (p: number, i: number, j: number) => tokens.data[(p * (examples + 1) + i) * width + j]!;
      const expected = Array.from({ length: count }, (_, p) => {
        let sum = 0;
        for (let i = 0; i < examples; i++) {
          for (let a = 0; a < dim; a++) {
            for (let b = 0; b < dim; b++)
              sum += (z(p, examples, a) * A[a * dim + b]! * z(p, i, b) * z(p, i, dim)) / examples;
          }
        }
        return sum;
      });
      const odd = expected.map((_, p) => (plus['read']!.data[p]! - minus['read']!.data[p]!) / 2);
      expect(relativeError(odd, expected)).toBeLessThan(1e-12);
    },
  );

  it('starts from a read-out of the label and products of inputs alone, or from Gaussian numbers', () => {
    const started = (init: string) =>
      linearAttention
        .create(linearAttention.schema.parse({ heads, init }), task)
        .initial(RandomStream.named(0, 'init'));
    const { p, Q } = started('label');
    expect([...p!]).toEqual([0, 0, 0, 0.1, 0, 0, 0, 0.1]);
    const isOfLabel = (at: number) => at % width === dim || Math.floor(at / width) % width === dim;
    expect(Q!.every((entry, at) => (entry === 0) === isOfLabel(at))).toBe(true);
    expect([...started('gaussian')['p']!, ...started('gaussian')['Q']!].every((entry) => entry !== 0)).toBe(true);
  });

  it('refuses a task whose tokens are no pairs', () => {
    const other = linearRegression.create(linearRegression.schema.parse({}), contextOf(0));
    expect(() => linearAttention.create(linearAttention.schema.parse({}), other)).toThrow(UserError);
  });
});
