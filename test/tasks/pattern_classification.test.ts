import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { type Matrix, matrixOf, multiply, transpose } from '../../src/core/linalg.ts';
import { RandomStream } from '../../src/core/random.ts';
import { hostTensor } from '../../src/core/tensor.ts';
import { runOnce } from '../../src/engine/bound.ts';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { layoutOf, packNumbers } from '../../src/graph/parameters.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { neuronParts } from '../../src/tasks/pattern/neurons.ts';
import { drawPrompts, matchingContexts, orderedPairs } from '../../src/tasks/pattern/prompts.ts';
import { scores } from '../../src/tasks/pattern/scores.ts';
import { patternClassification } from '../../src/tasks/pattern_classification.ts';
import type { Experiment } from '../../src/trainer/contract/session.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { evaluationGraph, fixedInputs } from '../../src/trainer/session/programs.ts';
import { li, liBatch, liTask, tensorOf } from '../fixtures/li.ts';
import { relativeError } from '../fixtures/yang.ts';
import { contextOf } from './context.ts';

const taskOf = (settings: object, overrides: Parameters<typeof contextOf>[1] = {}) =>
  patternClassification.create(patternClassification.schema.parse(settings), contextOf(0, overrides));

const products = (a: Matrix, b: Matrix) => multiply(a, transpose(b));

describe('patterns', () => {
  it.each(['axes', 'rotated'])('are orthogonal and of norm β, the label embedding of norm 1 (%s)', (basis) => {
    const { fixed } = taskOf({ basis, pattern_norm: 3 });
    const [relevant, irrelevant] = [matrixOf(fixed['relevant']!), matrixOf(fixed['irrelevant']!)];
    expect([relevant.rows, irrelevant.rows, relevant.columns]).toEqual([6, 24, 30]);
    for (const [a, b] of [
      [relevant, relevant],
      [irrelevant, irrelevant],
      [relevant, irrelevant],
    ] as const) {
      products(a, b).data.forEach((value, entry) => {
        const isSame = a === b && entry % (b.rows + 1) === 0;
        expect(Math.abs(value - (isSame ? 9 : 0))).toBeLessThan(1e-5);
      });
    }
    const q = fixed['label_embedding']!.data;
    expect(Math.hypot(...q)).toBeCloseTo(1, 6);
    expect(relevant.data.filter((value) => value !== 0).length).toBe(basis === 'axes' ? 6 : 180);
  });

  it.each([
    ['pairs', 1.3, 3],
    ['pairs', 0.5, 3],
    ['pairs', -1, 2],
    ['difference', 0.7, 2],
    ['difference', 1, 2],
  ] as const)(
    'out of domain (%s) are orthogonal combinations of norm β with the S1 asked for, %s',
    (family, s1, count) => {
      const { fixed } = taskOf({ ood_family: family, s1, out_of_domain: count });
      const shifted = matrixOf(fixed['out_of_domain']!);
      products(shifted, shifted).data.forEach((value, entry) => {
        expect(value).toBeCloseTo(entry % (count + 1) === 0 ? 4 : 0, 5);
      });
      const coefficients = products(shifted, matrixOf(fixed['relevant']!)).data.map((value) => value / 4);
      for (let j = 0; j < count; j++) {
        const own = coefficients.subarray(6 * j, 6 * (j + 1));
        expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(s1, 5);
      }
    },
  );

  it('are made anew for another S1 or family from those of a snapshot, and else taken as given', () => {
    const known = liTask().fixed;
    expect(known['out_of_domain']!.data).toEqual(tensorOf(li.inputs['out_of_domain']!).data);
    const moved = liTask({ s1: 0.5 }).fixed;
    expect(moved['relevant']).toEqual(known['relevant']);
    expect(moved['out_of_domain']).not.toEqual(known['out_of_domain']);
    // Without them, they are those of the fixture's generator, which rounds.
    const { out_of_domain: _, ...others } = known;
    const sizes = { relevant: li.sizes.M1, irrelevant: li.sizes.M2, label_dim: li.sizes.dY, out_of_domain: 2 };
    const derived = taskOf({ ...sizes, s1: li.settings.S1 }, { fixed: others }).fixed['out_of_domain']!;
    expect(relativeError(derived.data, li.inputs['out_of_domain']!.data)).toBeLessThan(1e-6);
    const pairs = taskOf({ s1: 0.6, out_of_domain: 2 });
    const difference = taskOf({ s1: 0.6, out_of_domain: 2, ood_family: 'difference' }, { fixed: pairs.fixed });
    expect(difference.fixed['out_of_domain']).not.toEqual(pairs.fixed['out_of_domain']);
  });
});

describe('tasks', () => {
  it('are all ordered pairs, and any number of shifts has every pattern as often with each label', () => {
    const pairs = orderedPairs(6);
    expect(new Set(pairs.map(({ plus, minus }) => `${plus} ${minus}`)).size).toBe(30);
    for (const { plus, minus } of pairs) expect(plus).not.toBe(minus);
    for (let shifts = 1; shifts <= 5; shifts++) {
      const trained = pairs.slice(0, 6 * shifts);
      for (let pattern = 0; pattern < 6; pattern++) {
        expect(trained.filter(({ plus }) => plus === pattern).length).toBe(shifts);
        expect(trained.filter(({ minus }) => minus === pattern).length).toBe(shifts);
      }
    }
  });

  it('are trained in batches of which whole rounds hold every task with each label equally often, and no other task', () => {
    const task = taskOf({ basis: 'axes', kappa: 0, trained_shifts: 2 });
    const seen = new Map<string, number>();
    const stream = RandomStream.named(0, 'train');
    // 24 prompts are a round of 12 tasks and 2 labels; batches of 9 make three rounds in eight updates.
    for (let step = 0; step < 8; step++) {
      const { tokens, target } = task.training.draw(stream, 9, step);
      for (let p = 0; p < 9; p++) {
        const labels = new Map<number, Set<number>>();
        for (let i = 0; i < 20; i++) {
          const start = (p * 21 + i) * 60;
          const kind = tokens!.subarray(start, start + 6).findIndex((value) => value !== 0);
          labels.set(kind, (labels.get(kind) ?? new Set()).add(tokens![start + 30]!));
        }
        const query = tokens!.subarray((p * 21 + 20) * 60, (p * 21 + 20) * 60 + 6).findIndex((value) => value !== 0);
        expect(labels.get(query) ?? new Set([target![p]!])).toEqual(new Set([target![p]!]));
        const key = `${query} ${target![p]!}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }
    }
    expect(seen.size).toBe(12);
    expect(new Set(seen.values())).toEqual(new Set([6]));
  });
});

describe('prompts', () => {
  const count = 3000;
  const l = 5;
  const source = {
    world: {
      irrelevant: matrixOf(tensorOf(li.inputs['irrelevant']!)),
      labelEmbedding: Float64Array.from(li.inputs['label_embedding']!.data),
    },
    patterns: matrixOf(tensorOf(li.inputs['relevant']!)),
    pairs: [{ plus: 2, minus: 0 }],
    share: 0.6,
    kappa: 0.5,
  };
  const draw = (overrides: object = {}) =>
    drawPrompts(source, { count, contexts: l, tokens: l + 1, ...overrides }, RandomStream.named(0, 'x'));
  const prompts = draw();
  const contexts = Array.from({ length: count * (l + 1) }, (_, i) => i).filter((i) => i % (l + 1) < l);

  it('have contexts of both patterns at α/2 each with their label, and others at (1 − α)/(M1 − 2) with a fair one', () => {
    const n = contexts.length;
    for (const [kind, share] of [0.3, 0.2, 0.3, 0.2].entries()) {
      const own = contexts.filter((i) => prompts.kinds[i] === kind);
      expect(Math.abs(own.length / n - share), `pattern ${kind}`).toBeLessThan(
        4 * Math.sqrt((share * (1 - share)) / n),
      );
      const positive = own.filter((i) => prompts.labels[i] === 1).length / own.length;
      if (kind === 2) expect(positive).toBe(1);
      else if (kind === 0) expect(positive).toBe(0);
      else expect(Math.abs(positive - 0.5)).toBeLessThan(2 / Math.sqrt(own.length));
    }
  });

  it('have queries of both patterns in turn, with their label, and say which contexts match', () => {
    for (let p = 0; p < count; p++) {
      expect(prompts.target[p]).toBe(p % 2 === 0 ? 1 : -1);
      expect(prompts.kinds[p * (l + 1) + l]).toBe(p % 2 === 0 ? 2 : 0);
    }
    const matching = matchingContexts(prompts, count);
    const expected = contexts.map((i) => (prompts.kinds[i] === (Math.floor(i / (l + 1)) % 2 === 0 ? 2 : 0) ? 1 : 0));
    expect([...matching]).toEqual(expected);
  });

  it('are columns [μ + κν; ±q], the query [μ + κν; 0] last', () => {
    const width = li.sizes.dX + li.sizes.dY;
    const beta = li.settings.beta;
    for (let i = 0; i < 600; i++) {
      const token = prompts.tokens.subarray(i * width, (i + 1) * width);
      const along = (patterns: Matrix) =>
        Array.from({ length: patterns.rows }, (_, j) => {
          const row = patterns.data.subarray(j * patterns.columns, (j + 1) * patterns.columns);
          return row.reduce((sum, value, k) => sum + (value * token[k]!) / (beta * beta), 0);
        });
      along(source.patterns).forEach((value, j) => {
        expect(value).toBeCloseTo(prompts.kinds[i] === j ? 1 : 0, 4);
      });
      const noise = along(source.world.irrelevant).filter((value) => Math.abs(value) > 1e-4);
      expect(noise.length).toBeLessThanOrEqual(1);
      expect(Math.abs(noise[0] ?? 0)).toBeLessThanOrEqual(0.5001);
      const labels = source.world.labelEmbedding.map((value) => prompts.labels[i]! * value);
      expect(relativeError(token.subarray(li.sizes.dX), labels, 1)).toBeLessThan(1e-6);
      expect(prompts.labels[i] === 0).toBe(i % (l + 1) === l);
    }
  });

  it('leave the first places empty when they are shorter', () => {
    const shorter = draw({ contexts: 2 });
    for (let p = 0; p < 20; p++) {
      const kinds = shorter.kinds.subarray(p * (l + 1), (p + 1) * (l + 1));
      expect(kinds.findIndex((kind) => kind >= 0)).toBe(3);
    }
  });

  it('of training have numbers of contexts between the two given, one for every update', () => {
    const { training, sequence } = taskOf({ context: [2, 6], context_test: 4, lengths: [] });
    expect(sequence).toMatchObject({ length: 7, align: 'end' });
    const stream = RandomStream.named(0, 'train');
    const seen = Array.from({ length: 60 }, (_, step) => {
      const { present } = training.draw(stream, 3, step);
      const counts = [0, 1, 2].map((p) => present!.subarray(7 * p, 7 * p + 7).reduce((sum, value) => sum + value, 0));
      expect(new Set(counts).size).toBe(1);
      expect([6, 13, 20].every((query) => present![query] === 1)).toBe(true);
      return counts[0]! - 1;
    });
    expect(new Set(seen)).toEqual(new Set([2, 3, 4, 5, 6]));
  });
});

describe('measurements', () => {
  it('count a tie as wrong', () => {
    const prediction = { shape: [4, 1], data: Float32Array.of(2, 0, -0.5, 0.5) };
    const { error, hinge } = scores(prediction, Float32Array.of(1, 1, 1, -1), [0, 0, 1, 1]);
    expect(error.mean).toBe(0.75);
    expect(hinge.mean).toBe((0 + 1 + 1.5 + 1.5) / 4);
    // Both tasks have two prompts: the standard error of their mean errors, 1/2 and 1.
    expect(error).toMatchObject({ stderr: Math.sqrt(0.125 / 2), n: 4, tasks: 2 });
  });

  it('of the fixture: hinge of its outputs', () => {
    const target = Float32Array.from(liBatch(li.prompts).target.data);
    const { hinge } = scores(tensorOf(li.outputs.F), target, [...target.keys()]);
    expect(relativeError([hinge.mean!], [li.outputs.loss])).toBeLessThan(1e-12);
  });

  it('split rows of W_O W_V into feature and label parts with their norms and angles', () => {
    const [m, b, d] = [li.sizes.m, li.sizes.b, li.sizes.dX + li.sizes.dY];
    const [W_O, W_V] = [matrixOf(tensorOf(li.inputs['W_O']!)), matrixOf(tensorOf(li.inputs['W_V']!))];
    expect([W_O.columns, W_V.columns]).toEqual([b, d]);
    const rows = { shape: [m, d], data: multiply(W_O, W_V).data };
    const parts = neuronParts(rows, tensorOf(li.inputs['relevant']!), li.inputs['label_embedding']!.data);
    expect(relativeError(parts.featureNorm, li.embeddings['feature_norm']!.data)).toBeLessThan(1e-9);
    expect(relativeError(parts.featureAngle, li.embeddings['feature_angle']!.data)).toBeLessThan(1e-9);
    expect(relativeError(parts.labelNorm, li.embeddings['label_norm']!.data)).toBeLessThan(1e-9);
    expect(relativeError(parts.labelAngle, li.embeddings['label_angle']!.data)).toBeLessThan(1e-9);
  });

  it('know how often one who copies labels must err', () => {
    expect(taskOf({ alpha_test: 0.6, context_test: 12 }).theory['copy_floor']).toBeCloseTo(0.7 ** 12, 12);
  });

  it('have every learner at every length, on no more prompts than asked for', () => {
    const { evaluation } = taskOf({ lengths: [3, 9], context_test: 9 }, { evaluationPrompts: 60 });
    const all = Object.assign({}, ...evaluation.baselines(40));
    for (const learner of ['logistic', 'linear_svm', 'rbf_svm', 'nearest_1', 'nearest_3']) {
      const [few, more] = [3, 9].map((l) => all[`baseline/${learner}/unseen_error_at/${l}`]);
      expect(few.n).toBe(40);
      expect(few.mean, learner).toBeGreaterThan(more.mean);
      expect(all[`baseline/${learner}/unseen_error`]).toEqual(more);
    }
  });

  it('measure a part alone with the same numbers, and draw no prompts of others', async () => {
    const experiment = (metric?: string): Experiment => {
      const { config } = resolveConfig(
        { task: { name: 'pattern_classification' }, model: { name: 'attention_relu' } },
        'here',
        [
          { path: 'task.lengths', value: [4], flag: 'a test' },
          { path: 'task.trained_shifts', value: 3, flag: 'a test' },
          { path: 'evaluate.prompts', value: 20, flag: 'a test' },
        ],
      );
      return createExperiment(config, 'here', undefined, metric);
    };
    const measured = async (one: Experiment) => {
      const start = packNumbers(layoutOf(one.model.parameters), one.model.initial(RandomStream.named(0, 'init')));
      const theta = hostTensor([start.length], start);
      return one.task.evaluation.measure(
        await runOnce(referenceEngine, evaluationGraph(one), { ...fixedInputs(one), theta }),
      );
    };
    const whole = await measured(experiment());
    for (const name of ['trained_hinge', 'unseen_error', 'out_of_domain_error', 'neuron_norm']) {
      const part = experiment(name);
      const alone = await measured(part);
      expect(alone).toHaveProperty([name]);
      for (const [other, estimate] of Object.entries(alone)) expect(estimate, other).toEqual(whole[other]);
      expect(Object.keys(alone).length).toBeLessThan(Object.keys(whole).length);
      const prompts = Object.keys(part.task.evaluation.inputs).filter((input) => input.endsWith('_tokens'));
      expect(prompts.length, name).toBe(1);
    }
    expect(await measured(experiment('eval_loss'))).toEqual(whole);
  });

  it('leave out what there is not: no unseen tasks when all are trained, no patterns out of domain when none are asked for', () => {
    const { evaluation, fixed } = taskOf({ trained_shifts: 5, out_of_domain: 0 });
    expect(Object.keys(evaluation.inputs)).toEqual(['trained_tokens', 'trained_matching', 'trained_patterns']);
    expect(fixed).not.toHaveProperty('out_of_domain');
    expect([...evaluation.baselines()]).toEqual([]);
  });
});

describe('settings that cannot be', () => {
  it.each([
    [{ s1: 1.5 }, /task\.s1 is 1\.5.*pairs.*√2/],
    [{ s1: 1.1, ood_family: 'difference', out_of_domain: 2 }, /task\.s1 is 1\.1.*difference.*−1 to 1/],
    [{ s1: 0.5, ood_family: 'difference' }, /out_of_domain is 3.*at most 2.*expected 0 or 2/],
    [{ relevant: 4 }, /out_of_domain is 3.*at most 2/],
    [{ out_of_domain: 1 }, /out_of_domain is 1.*0 or 2 to 3/],
    [{ trained_shifts: 6 }, /trained_shifts is 6.*at most 5/],
    [{ relevant: 2, out_of_domain: 0 }, /task\.alpha is 0\.8.*no third one/],
    [{ context: [9, 3] }, /task\.context is \[9, 3\]/],
  ])('are refused in a line: %j', (settings, message) => {
    expect(() => taskOf(settings)).toThrow(UserError);
    expect(() => taskOf(settings)).toThrow(message);
  });

  it('are refused: another loss, and patterns of another size', () => {
    expect(() => taskOf({}, { loss: 'mse' })).toThrow(/train\.loss is mse.*hinge or default/);
    expect(() => taskOf({ irrelevant: 7 }, { fixed: taskOf({}).fixed })).toThrow(/task\/relevant has shape \[6, 30\]/);
  });
});
