import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/random.ts';
import { hostTensor } from '../../../src/core/tensor.ts';
import type { Estimate } from '../../../src/protocol/events.ts';
import type { Task, TaskContext } from '../../../src/tasks/contract.ts';
import { type Chain, chainOf, drawSequence, drawTransitions } from '../../../src/tasks/markov/chain.ts';
import { chainEvaluation } from '../../../src/tasks/markov/evaluation.ts';
import { countPredictions, poolPredictions } from '../../../src/tasks/markov/predictors.ts';
import { type Sequences, trueRows } from '../../../src/tasks/markov/prompts.ts';
import { markovChain } from '../../../src/tasks/markov_chain.ts';
import reference from '../../fixtures/tokens.json' with { type: 'json' };
import { relativeError } from '../../fixtures/yang.ts';
import { contextOf } from '../context.ts';

const { markov: known } = reference;
const [count, length] = known.tokens.shape as [number, number];
const V = 3;
const sizes = { vocabulary: V, order: 1 };

const pool = Array.from({ length: 4 }, (_, k) => chainOf(known.pool.data.slice(k * V * V, (k + 1) * V * V), sizes));
const sequences: Sequences = {
  count,
  length,
  vocabulary: V,
  shown: Uint16Array.from(known.tokens.data),
  // The last symbol has none after it in the reference, and accuracy is not held against it.
  next: Uint16Array.from(known.tokens.data.map((_, at) => known.tokens.data[at + 1] ?? 0)),
  chains: known.chain.data.map((k) => pool[k]!),
};
const evaluation = chainEvaluation(sequences, undefined, { order: 2, alpha: 1, pool });
const predictors = ['unigram', 'bigram', 'trigram', 'pool_bigram', 'pool_unigram'] as const;
/** What the program calls that predictor. */
const named = (name: (typeof predictors)[number]) =>
  name === 'pool_bigram' ? 'mixture' : name === 'pool_unigram' ? 'unigram_mixture' : name;

/** What is measured of a network with these probabilities. */
const measured = (shares: readonly number[]) =>
  evaluation.measure({ prediction: hostTensor([count, length, V], Float64Array.from(shares, Math.log)) });

const taskOf = (settings: object = {}, overrides: Partial<TaskContext> = {}, seed = 0): Task =>
  markovChain.create(markovChain.schema.parse(settings), contextOf(seed, overrides));

describe('predictors of chains', () => {
  it('give the probabilities of independent float64 arithmetic', () => {
    const found = {
      unigram: countPredictions(sequences, 0, 1),
      bigram: countPredictions(sequences, 1, 1),
      trigram: countPredictions(sequences, 2, 1),
      pool_bigram: poolPredictions(sequences, pool, 1),
      pool_unigram: poolPredictions(sequences, pool, 0),
    };
    for (const name of predictors) expect(relativeError(found[name], known[name].data), name).toBeLessThan(1e-9);
    expect(relativeError(trueRows(sequences), known.true.data)).toBeLessThan(1e-9);
    const shares = pool.flatMap((chain) => [...chain[0]!]);
    expect(relativeError(shares, known.stationary.data)).toBeLessThan(1e-9);
  });

  it('have its cross-entropies, in all and at every position, and its distances from the bigram', () => {
    for (const name of predictors) {
      const found = measured(known[name].data);
      expect(found['eval_loss']!.mean, name).toBeCloseTo(known.cross_entropy[name], 9);
      expect(found['bigram_distance']!.mean, name).toBeCloseTo(known.kl_from_bigram[name], 9);
      const at = Array.from({ length }, (_, t) => found[`loss_at/${t + 1}`]!.mean!);
      expect(relativeError(at, known.cross_entropy_at[name].data), name).toBeLessThan(1e-9);
      expect(found[`${named(name)}_distance`]!.mean, name).toBeCloseTo(0, 12);
      expect(found[`${named(name)}_loss`]!.mean, name).toBeCloseTo(known.cross_entropy[name], 9);
    }
    expect(measured(known.true.data)['chain_loss']!.mean).toBeCloseTo(known.cross_entropy.entropy, 9);
    const baselines: Record<string, Estimate> = Object.assign({}, ...evaluation.baselines());
    for (const name of ['unigram', 'bigram', 'pool_unigram'] as const) {
      expect(baselines[`baseline/${named(name)}/eval_loss`]!.mean).toBeCloseTo(known.cross_entropy[name], 9);
      expect(baselines[`baseline/${named(name)}/loss_at/9`]!.mean).toBeCloseTo(
        known.cross_entropy_at[name].data[8]!,
        9,
      );
    }
  });

  it('count who was likeliest, ties in shares', () => {
    const even = Array.from({ length: count * length * V }, () => 1 / V);
    expect(measured(even)['accuracy']!.mean).toBeCloseTo(1 / V, 12);
    const right = even.map((_, i) => (sequences.next[Math.floor(i / V)] === i % V ? 0.8 : 0.1));
    expect(measured(right)['accuracy']!.mean).toBe(1);
    expect(measured(right)['accuracy_at/1']!.mean).toBe(1);
  });

  it('are Bayes over a pool of second order, by enumeration of all beginnings', () => {
    const two = { vocabulary: 2, order: 2 };
    const stream = RandomStream.named(3, 'pool');
    const tables = Array.from({ length: 3 }, () => drawTransitions(two, 0.7, stream));
    const chains = tables.map((table) => chainOf(table, two));
    const next = (table: Float32Array, c: number, v: number) => table[c * 2 + v]! / (table[c * 2]! + table[c * 2 + 1]!);
    /** Shares of pairs of symbols, by going on until they stay. */
    const pairs = tables.map((table) => {
      let shares = [0.25, 0.25, 0.25, 0.25];
      for (let step = 0; step < 20_000; step++) {
        const after = [0, 0, 0, 0];
        for (let c = 0; c < 4; c++)
          for (let v = 0; v < 2; v++) after[(2 * c + v) % 4]! += shares[c]! * next(table, c, v);
        shares = after;
      }
      return shares;
    });
    /** Of a beginning, of chain k. */
    const probability = (k: number, symbols: readonly number[]): number => {
      if (symbols.length === 1) return probability(k, [symbols[0]!, 0]) + probability(k, [symbols[0]!, 1]);
      let p = pairs[k]![2 * symbols[0]! + symbols[1]!]!;
      for (let t = 2; t < symbols.length; t++)
        p *= next(tables[k]!, 2 * symbols[t - 2]! + symbols[t - 1]!, symbols[t]!);
      return p;
    };
    for (let code = 0; code < 32; code++) {
      const shown = Uint16Array.from({ length: 5 }, (_, t) => (code >> t) & 1);
      const found = poolPredictions({ count: 1, length: 5, vocabulary: 2, shown }, chains, 2);
      for (let t = 0; t < 5; t++) {
        const seen = [...shown.subarray(0, t + 1)];
        const total = (symbols: number[]) => chains.reduce((sum, _, k) => sum + probability(k, symbols), 0);
        for (let b = 0; b < 2; b++) expect(found[t * 2 + b]).toBeCloseTo(total([...seen, b]) / total(seen), 9);
      }
    }
  });

  it('stay numbers where every chain is all but ruled out', () => {
    const long = Uint16Array.from({ length: 5000 }, (_, t) => (t * 7) % 3);
    const found = poolPredictions({ count: 1, length: 5000, vocabulary: V, shown: long }, pool, 1);
    expect(found.every((share) => share >= 0 && share <= 1)).toBe(true);
    expect([0, 1, 2].reduce((sum, b) => sum + found[4999 * V + b]!, 0)).toBeCloseTo(1, 12);
  });
});

describe('chains', () => {
  it.each([0.3, 1, 4])('have rows from the Dirichlet distribution of α = %d', (alpha) => {
    const stream = RandomStream.named(1, 'rows');
    const rows = Array.from({ length: 20_000 }, () =>
      drawTransitions({ vocabulary: 3, order: 1 }, alpha, stream).slice(0, 3),
    );
    const mean = (of: (row: Float32Array) => number) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
    const variance = 2 / 9 / (3 * alpha + 1);
    for (let v = 0; v < 3; v++) {
      expect(Math.abs(mean((row) => row[v]!) - 1 / 3)).toBeLessThan(4 * Math.sqrt(variance / rows.length));
      expect(mean((row) => (row[v]! - 1 / 3) ** 2) / variance).toBeGreaterThan(0.95);
      expect(mean((row) => (row[v]! - 1 / 3) ** 2) / variance).toBeLessThan(1.05);
    }
    expect(mean((row) => row[0]! + row[1]! + row[2]!)).toBeCloseTo(1, 6);
  });

  it.each([1, 2])('of order %d give symbols by their rows, and from the first on as in the long run', (order) => {
    const own = { vocabulary: 3, order };
    const chain: Chain = chainOf(drawTransitions(own, 1, RandomStream.named(5, 'chain')), own);
    const stream = RandomStream.named(6, 'symbols');
    const [runs, steps] = [4000, 6];
    const counts = Array.from({ length: steps }, () => [0, 0, 0]);
    const after = new Float64Array(3 ** (order + 1));
    for (let run = 0; run < runs; run++) {
      const symbols = drawSequence(chain, steps, 3, stream);
      for (const [t, v] of symbols.entries()) counts[t]![v]! += 1 / runs;
      for (let t = order; t < steps; t++) {
        let context = 0;
        for (let s = t - order; s <= t; s++) context = context * 3 + symbols[s]!;
        after[context]! += 1;
      }
    }
    for (const row of counts) for (let v = 0; v < 3; v++) expect(Math.abs(row[v]! - chain[0]![v]!)).toBeLessThan(0.035);
    for (let c = 0; c < 3 ** order; c++) {
      const total = after.slice(c * 3, c * 3 + 3).reduce((a, b) => a + b, 0);
      if (total < 200) continue;
      for (let v = 0; v < 3; v++) {
        const share = chain[order]![c * 3 + v]!;
        expect(Math.abs(after[c * 3 + v]! / total - share)).toBeLessThan(
          4.5 * Math.sqrt((share * (1 - share) + 1e-3) / total),
        );
      }
    }
  });
});

describe('the task', () => {
  it('asks after every symbol for the next one, and shows symbols as letters', () => {
    const task = taskOf({ length: 5 }, { probePrompts: 2 });
    const { tokens, target } = task.training.draw(RandomStream.named(0, 'train'), 3, 0);
    expect(tokens).toHaveLength(3 * 5 * 3);
    // What is asked for at one position is shown at the next.
    for (let p = 0; p < 3; p++) {
      expect([...target!.slice(p * 15, p * 15 + 12)]).toEqual([...tokens!.slice(p * 15 + 3, p * 15 + 15)]);
    }
    const { symbols } = task.probe.references;
    expect(symbols!.shape).toEqual([2, 5, 1]);
    for (const [at, point] of symbols!.data.entries()) {
      const row = task.probe.inputs['tokens']!.data.slice(at * 3, at * 3 + 3);
      expect(String.fromCodePoint(point)).toBe('abc'[row.indexOf(1)]);
    }
    expect(task.theory).toEqual({ uniform_loss: Math.log(3) });
  });

  it('keeps its pool, begins larger pools with it, and takes it from a snapshot, if it fits', () => {
    const few = taskOf({ pool: 3 });
    const many = taskOf({ pool: 5 });
    expect([...many.fixed['pool']!.data.slice(0, 27)]).toEqual([...few.fixed['pool']!.data]);
    expect(taskOf({ pool: 3 }, { fixed: few.fixed }, 9).fixed).toEqual(few.fixed);
    expect(() => taskOf({ pool: 3, vocabulary: 4 }, { fixed: few.fixed })).toThrow(UserError);
    expect(() => taskOf({ pool: 3 }, { fixed: {} })).toThrow('task/pool is missing');
    expect(taskOf().fixed).toEqual({});
    // Held-out sequences of new chains beside those of the pool, with names of their own.
    const metrics = many.evaluation.measure({
      prediction: hostTensor([8, 64, 3], new Float64Array(8 * 64 * 3)),
      new_prediction: hostTensor([8, 64, 3], new Float64Array(8 * 64 * 3)),
    });
    expect(metrics['eval_loss']!.mean).toBeCloseTo(Math.log(3), 12);
    expect(metrics['new_eval_loss']!.mean).toBeCloseTo(Math.log(3), 12);
    expect(metrics['mixture_loss']!.mean!).toBeLessThan(metrics['bigram_loss']!.mean!);
    expect(metrics['new_mixture_loss']!.mean!).toBeGreaterThan(metrics['new_bigram_loss']!.mean!);
  });

  it('refuses what it cannot learn or solve for', () => {
    expect(() => taskOf({}, { loss: 'mse' })).toThrow(/train\.loss is mse.*cross_entropy/);
    expect(() => taskOf({ vocabulary: 100, order: 2 })).toThrow(/10000 contexts.*at most 1024/);
    expect(() => taskOf({ pool: 100_000, length: 10_000 })).toThrow(/setting this task up takes/);
    expect(taskOf({}, { loss: 'cross_entropy' }).sizes).toEqual({ vocabulary: 3, length: 64, order: 1, pool: 0 });
  });
});
