import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { hostTensor } from '../../src/core/tensor.ts';
import { formatMaskEdit } from '../../src/protocol/mask_edits.ts';
import type { Order } from '../../src/pruning/names.ts';
import { type PartScores, scoresOfActivations } from '../../src/pruning/scores.ts';
import { countOf, rank, select } from '../../src/pruning/select.ts';
import { encoderFixture as fixture } from '../fixtures/encoder.ts';
import { li, tensorOf } from '../fixtures/li.ts';

const stream = (seed = 0) => RandomStream.named(seed, 'prune');
const scores = (rows: number[][]): PartScores => ({
  kind: 'neurons',
  values: hostTensor([rows.length, rows[0]!.length], Float64Array.from(rows.flat())),
});
const chosen = (of: PartScores, order: Order, count: number, seed = 0) =>
  select(rank(of, order, stream(seed)), count).map(formatMaskEdit);

describe('ranking and selection', () => {
  const two = scores([
    [0.3, 0.1, 0.2, 0.9, 0.1],
    [5, 4, 3, 2, 1],
  ]);

  it('prunes the smallest or the largest parts of every layer first, equals in the order of the parts', () => {
    expect(rank(two, 'smallest', stream()).layers).toEqual([
      [1, 4, 2, 0, 3],
      [4, 3, 2, 1, 0],
    ]);
    expect(chosen(two, 'smallest', 1)).toEqual(['-L0N1', '-L1N4']);
    expect(chosen(two, 'largest', 2)).toEqual(['-L0N0', '-L0N3', '-L1N0-1']);
    expect(chosen(two, 'smallest', 0)).toEqual([]);
    expect(chosen(two, 'smallest', 5)).toEqual(['-L0N0-4', '-L1N0-4']);
  });

  it('joins neighbours into one edit', () => {
    expect(chosen(two, 'smallest', 3)).toEqual(['-L0N1-2', '-L0N4', '-L1N2-4']);
  });

  it('takes a fraction of every layer, to the nearest part', () => {
    const ranking = rank(scores([Array.from({ length: 64 }, (_, i) => i)]), 'smallest', stream());
    expect([0, 0.05, 0.1, 0.15, 0.2, 0.4, 1].map((fraction) => countOf(ranking, fraction))).toEqual([
      0, 3, 6, 10, 13, 26, 64,
    ]);
  });

  it('draws a random order from its stream alone, every part once, others in every layer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 2, max: 40 }), (seed, parts) => {
        const random = scores([new Array(parts).fill(1), new Array(parts).fill(1)]);
        const { layers } = rank(random, 'random', stream(seed));
        expect(rank(random, 'random', stream(seed)).layers).toEqual(layers);
        for (const order of layers) {
          expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: parts }, (_, i) => i));
        }
      }),
    );
    const wide = scores([new Array(30).fill(1), new Array(30).fill(1)]);
    const [first, second] = rank(wide, 'random', stream()).layers;
    expect(first).not.toEqual(second);
    expect(rank(wide, 'random', stream(1)).layers[0]).not.toEqual(first);
  });

  it('names every chosen part once, as many as asked for', () => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(values, fc.nat(30), (row, count) => {
        const ranking = rank(scores([row]), 'smallest', stream());
        const parts = select(ranking, count).flatMap(({ from, last }) => {
          const first = 'neuron' in from ? from.neuron : -1;
          return Array.from({ length: last - first + 1 }, (_, i) => first + i);
        });
        expect(parts).toEqual(ranking.layers[0]!.slice(0, count).sort((a, b) => a - b));
      }),
    );
  });
});

it('is the order of numpy for the rows of W_O of a model of Li et al.', () => {
  const { magnitudes, order } = li.pruning;
  const one: PartScores = { kind: 'neurons', values: hostTensor([1, order.data.length], tensorOf(magnitudes).data) };
  expect(rank(one, 'smallest', stream()).layers[0]).toEqual(order.data);
  expect(rank(one, 'largest', stream()).layers[0]).toEqual(order.data.toReversed());
});

describe('scores', () => {
  it('are the magnitudes that the model states', () => {
    const activations = { head_magnitude: hostTensor([1, 2], Float64Array.of(1, 2)) };
    expect(scoresOfActivations.magnitude('heads', activations)).toEqual({
      kind: 'heads',
      values: activations.head_magnitude,
    });
    expect(() => scoresOfActivations.magnitude('neurons', activations)).toThrow(UserError);
  });

  it('of attention are the largest weight, mean over prompts and queries, by layer and head', () => {
    const P = 2;
    const [L, H, Tq, Tk] = [2, 2, 2, 3];
    const data = new Float64Array(P * L * H * Tq * Tk);
    const put = (p: number, l: number, h: number, q: number, row: number[]) =>
      data.set(row, ((((p * L + l) * H + h) * Tq + q) * Tk) as number);
    for (let p = 0; p < P; p++) {
      for (let l = 0; l < L; l++) {
        for (let h = 0; h < H; h++) {
          for (let q = 0; q < Tq; q++) {
            const peak = 0.4 + 0.1 * l + 0.2 * h + 0.02 * q + 0.04 * p;
            put(p, l, h, q, [(1 - peak) / 2, peak, (1 - peak) / 2]);
          }
        }
      }
    }
    const { values } = scoresOfActivations.attention('heads', { attention: hostTensor([P, L, H, Tq, Tk], data) });
    expect(values.shape).toEqual([L, H]);
    [0.43, 0.63, 0.53, 0.73].forEach((expected, i) => void expect(values.data[i]).toBeCloseTo(expected, 12));
    expect(() => scoresOfActivations.attention('neurons', {})).toThrow(/heads only/);
  });

  it('of gradients are their sizes', () => {
    const { shape, data } = fixture.mask_gradients.heads;
    const gradients = hostTensor(shape, Float64Array.from(data));
    const { values } = scoresOfActivations.gradient('heads', { head_gradient: gradients });
    expect([...values.data]).toEqual(data.map(Math.abs));
    expect(() => scoresOfActivations.gradient('neurons', { head_gradient: gradients })).toThrow(UserError);
    expect([...gradients.data]).toEqual(data);
  });
});
