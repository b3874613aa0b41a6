import { expect, test } from 'vitest';
import { hostTensor } from '../../src/core/tensor.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { Recorder, type SymbolicTensor } from '../../src/graph/symbolic.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { headScores } from '../../src/trainer/session/head_scores.ts';
import { compute } from '../models/network.ts';
import { configOf } from '../trainer/steered.ts';

/** What matches in the probe prompts of a task, [prompt][query][key], and the prompts. */
async function matchesOf(task: object) {
  const settings = {
    task,
    model: { name: 'decoder', layers: 1, heads: 2, width: 8, mlp_width: 8 },
    probe: { prompts: 6 },
  };
  const experiment = createExperiment(configOf(settings), 'test');
  const { inputs, references } = experiment.task.probe;
  const tokens = inputs['tokens']!;
  const recorder = new Recorder();
  const shape = tokens.shape.map((size, axis) => ({ name: `axis ${axis}`, size }));
  const match = experiment.task.sequence!.match!({ tokens: recorder.input('tokens', shape) }) as SymbolicTensor;
  const found = (await compute(await loadEngine('reference'), recorder, { match }, { tokens }))['match']!;
  const [prompts, count, width] = tokens.shape as [number, number, number];
  return {
    references,
    prompts,
    count,
    match: (p: number, q: number, k: number) => found.data[(p * count + q) * count + k]!,
    token: (p: number, t: number) => [...tokens.data.slice((p * count + t) * width, (p * count + t + 1) * width)],
  };
}

test.each([1, 2])('symbols match where the last %i before a key are those up to the query', async (order) => {
  const { prompts, count, match, token } = await matchesOf({ name: 'markov_chain', vocabulary: 3, length: 12, order });
  const symbol = (p: number, t: number) => token(p, t).indexOf(1);
  let matches = 0;
  for (let p = 0; p < prompts; p++) {
    for (let q = 0; q < count; q++) {
      for (let k = 0; k <= q; k++) {
        const same = Array.from(
          { length: order },
          (_, i) => k - 1 - i >= 0 && symbol(p, q - i) === symbol(p, k - 1 - i),
        );
        expect(match(p, q, k), `${p} ${q} ${k}`).toBe(Number(same.every(Boolean)));
        matches += match(p, q, k);
      }
    }
  }
  expect(matches).toBeGreaterThan(20);
});

test('a label matches where its input is the nearest in direction to the query, and nothing else does', async () => {
  const { prompts, count, match, token } = await matchesOf({ name: 'linear_regression', dim: 3, points: 6 });
  const cosine = (a: readonly number[], b: readonly number[]) => {
    const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, one, i) => sum + one * y[i]!, 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  for (let p = 0; p < prompts; p++) {
    for (let q = 0; q < count; q++) {
      for (let k = 0; k <= q; k++) {
        const isLabel = k % 2 === 1;
        const expected = q % 2 === 1 ? 0 : isLabel ? cosine(token(p, q), token(p, k - 1)) : -1;
        expect(match(p, q, k), `${p} ${q} ${k}`).toBeCloseTo(expected, 9);
      }
    }
  }
});

test('contexts match where they have the pattern of the query', async () => {
  const { prompts, count, match, references } = await matchesOf({
    name: 'pattern_classification',
    relevant: 4,
    irrelevant: 4,
    out_of_domain: 2,
  });
  const contexts = references['matching']!;
  for (let p = 0; p < prompts; p++) {
    const row = Array.from({ length: count - 1 }, (_, k) => match(p, count - 1, k));
    expect(row).toEqual([...contexts.data.slice(p * (count - 1), (p + 1) * (count - 1))]);
  }
});

test('labels match that follow an exemplar of the query’s class', async () => {
  const { prompts, count, match, token } = await matchesOf({
    name: 'bursty_classification',
    classes: 32,
    dim: 16,
    pairs: 8,
    burst: 2,
    bursty: 1,
  });
  let matches = 0;
  for (let p = 0; p < prompts; p++) {
    const wanted = Array.from({ length: count }, (_, k) => match(p, count - 1, k));
    expect(wanted.every((one, k) => one === 0 || (one === 1 && k % 2 === 1))).toBe(true);
    // A bursty context holds the query's class twice, with one label.
    const keys = wanted.flatMap((one, k) => (one === 1 ? [k] : []));
    expect(keys).toHaveLength(2);
    expect(token(p, keys[0]!)).toEqual(token(p, keys[1]!));
    matches += keys.length;
  }
  expect(matches).toBe(2 * prompts);
});

test('scores of heads: the token before, what matches, and what even attention would give', () => {
  // Two heads of one layer over three tokens: one attends to the token before, one alike on all that it may.
  const before = [1, 0, 0, 1, 0, 0, 0, 1, 0];
  const even = [1, 0, 0, 1 / 2, 1 / 2, 0, 1 / 3, 1 / 3, 1 / 3];
  const attention = hostTensor([1, 1, 2, 3, 3], Float64Array.from([...before, ...even]));
  // Only the last query has matches: the first and, had it not come later than nothing, no other.
  const match = hostTensor([1, 3, 3], Float64Array.from([0, 1, 1, 0, 0, 1, 0, 1, 0]));
  const { head_previous, head_match, head_match_chance } = headScores(attention, match, true);
  expect([...head_previous!.data]).toEqual([1, Math.fround((1 / 2 + 1 / 3) / 2)]);
  expect([...head_match!.data]).toEqual([1, Math.fround(1 / 3)]);
  expect([...head_match_chance!.data]).toEqual([Math.fround(1 / 3)]);
  expect(headScores(attention, undefined, true)).not.toHaveProperty('head_match');
  expect(headScores(attention, undefined, false)).toEqual({});
});
