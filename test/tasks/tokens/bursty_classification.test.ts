import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/random.ts';
import { hostTensor } from '../../../src/core/tensor.ts';
import type { Estimate } from '../../../src/protocol/events.ts';
import { ClassDrawer, type Classes } from '../../../src/tasks/bursty/classes.ts';
import { inContext, inWeights } from '../../../src/tasks/bursty/predictors.ts';
import { drawPrompts, kindsOf, type Prompts, tokensOf } from '../../../src/tasks/bursty/prompts.ts';
import { burstyClassification } from '../../../src/tasks/bursty_classification.ts';
import type { Task, TaskContext } from '../../../src/tasks/contract.ts';
import { frequenciesOf } from '../../../src/tasks/pools/frequencies.ts';
import reference from '../../fixtures/tokens.json' with { type: 'json' };
import { relativeError } from '../../fixtures/yang.ts';
import { contextOf } from '../context.ts';

const taskOf = (settings: object = {}, overrides: Partial<TaskContext> = {}, seed = 0): Task =>
  burstyClassification.create(burstyClassification.schema.parse(settings), contextOf(seed, overrides));

const { bursty: known } = reference;

it('knows the predictors of independent float64 arithmetic', () => {
  const [count, exemplars, dim] = known.x.shape as [number, number, number];
  const classes: Classes = {
    means: Float32Array.from(known.mu.data),
    dim,
    labelOf: known.label.data,
    labels: known.in_weights.shape[1]!,
    frequencies: Float64Array.from(known.frequency.data),
  };
  const prompts: Prompts = {
    count,
    pairs: exemplars - 1,
    exemplars: Float32Array.from(known.x.data),
    classes: Int32Array.from(known.classes.data),
    labels: Uint16Array.from(known.classes.data, (kind) => known.label.data[kind]!),
  };
  expect(relativeError(frequenciesOf(9, known.zipf), known.frequency.data)).toBeLessThan(1e-12);
  expect(relativeError(inWeights(prompts, classes, { noise: known.eps }), known.in_weights.data)).toBeLessThan(1e-9);
  expect(relativeError(inContext(prompts, classes, known.beta), known.in_context.data)).toBeLessThan(1e-9);
  // Without noise a query is the mean of a class.
  const clean = { ...prompts, exemplars: prompts.exemplars.slice() };
  clean.exemplars.set(classes.means.subarray(0, dim), (exemplars - 1) * dim);
  const sure = inWeights(clean, classes, { noise: 0 });
  expect(sure[classes.labelOf[0]!]).toBeCloseTo(1, 12);
});

describe('prompts', () => {
  const layout = { pairs: 8, burst: 2, noise: 0.1 };
  const classes: Classes = {
    means: Float32Array.from({ length: 64 * 4 }, (_, i) => Math.sin(i)),
    dim: 4,
    labelOf: Array.from({ length: 64 }, (_, k) => k % 8),
    labels: 8,
    frequencies: frequenciesOf(64, 0),
  };
  const kinds = kindsOf(classes, layout);
  const draw = (plan: typeof kinds.novel, count = 400) =>
    drawPrompts(plan, classes, layout, count, RandomStream.named(2, 'prompts'));
  const each = ({ count, classes: own, labels }: Prompts) =>
    Array.from({ length: count }, (_, p) => ({
      context: [...own.subarray(p * 9, p * 9 + 8)],
      query: own[p * 9 + 8]!,
      shown: [...labels.subarray(p * 9, p * 9 + 8)],
      target: labels[p * 9 + 8]!,
    }));
  const timesIn = (context: readonly number[]) =>
    [...new Set(context)].map((kind) => context.filter((one) => one === kind).length);

  it('that are bursty show every class twice, the one of the query among them', () => {
    const shares = { bursty: 1, novel: 0, relabelled: 0 };
    const found = each(draw(kinds.training(shares)));
    for (const { context, query, shown, target } of found) {
      expect(timesIn(context)).toEqual([2, 2, 2, 2]);
      expect(context).toContain(query);
      expect(shown).toEqual(context.map((kind) => kind % 8));
      expect(target).toBe(query % 8);
    }
    // Places of the query's class are any.
    const first = found.filter(({ context, query }) => context[0] === query).length / found.length;
    expect(Math.abs(first - 0.25)).toBeLessThan(0.1);
    const mixed = each(draw(kinds.training({ ...shares, bursty: 0.5 }), 2000));
    const missing = mixed.filter(({ context, query }) => !context.includes(query)).length / mixed.length;
    expect(Math.abs(missing - 0.5 * (63 / 64) ** 8)).toBeLessThan(0.05);
  });

  it('of other kinds tell what is known where', () => {
    for (const { context, query, target, shown } of each(draw(kinds.novel))) {
      expect(Math.max(...context, query)).toBeLessThan(0);
      expect(timesIn(context)).toEqual([2, 2, 2, 2]);
      expect(shown[context.indexOf(query)]).toBe(target);
    }
    const swapped = each(draw(kinds.swapped));
    for (const { context, query, target, shown } of swapped) expect(shown[context.indexOf(query)]).toBe(target);
    const usual = swapped.filter(({ query, target }) => target === query % 8).length / swapped.length;
    expect(Math.abs(usual - 1 / 8)).toBeLessThan(0.07);
    const absent = each(draw(kinds.absent));
    for (const { context, query, target } of absent) {
      expect(context).not.toContain(query);
      expect(target).toBe(query % 8);
    }
    // Of eight classes among 63 others all differ in seven of eleven prompts.
    const differing = absent.filter(({ context }) => new Set(context).size === 8).length / absent.length;
    expect(Math.abs(differing - 0.63)).toBeLessThan(0.1);
    for (const { context, query, target, shown } of each(draw(kinds.labelOnly!))) {
      expect(context).not.toContain(query);
      expect(shown).toContain(target);
      expect(timesIn(context)).toEqual([2, 2, 2, 2]);
    }
    expect(
      kindsOf({ ...classes, labelOf: Array.from({ length: 64 }, (_, k) => k), labels: 64 }, layout).labelOnly,
    ).toBe(undefined);
  });

  it('have exemplars of length about 1, near the mean of their class, and labels at tokens of their own', () => {
    const task = taskOf({ classes: 64 }, { evaluationPrompts: 500 });
    const { shape } = task.evaluation.inputs['tokens']!;
    const data = Float32Array.from(task.evaluation.inputs['tokens']!.data);
    expect(shape).toEqual([500, 17, 24]);
    let square = 0;
    for (let row = 0; row < 500 * 17; row++) {
      const [exemplar, label] = [data.slice(row * 24, row * 24 + 16), data.slice(row * 24 + 16, row * 24 + 24)];
      const isQuery = row % 17 === 16;
      if ((row % 17) % 2 === 1)
        expect([exemplar.some(Boolean), [...label].sort().join('')]).toEqual([false, '00000001']);
      else expect(label.some(Boolean), String(isQuery)).toBe(false);
      square += exemplar.reduce((sum, one) => sum + one * one, 0) / (500 * 9);
    }
    expect(Math.abs(square - 1)).toBeLessThan(0.1);
    const names = task.probe.references['symbols']!;
    expect(names.shape).toEqual([1, 17, 1]);
    const text = [...names.data].map((point) => String.fromCodePoint(point)).join('');
    expect(text).toMatch(/^a\d([a-d]\d){7}[a-d]$/);
  });

  it('come with the frequencies asked for, also where they must differ', () => {
    const drawer = new ClassDrawer({ frequencies: frequenciesOf(5, 2) });
    const stream = RandomStream.named(4, 'classes');
    const counts = new Float64Array(5);
    for (let i = 0; i < 20_000; i++) counts[drawer.one(stream)]! += 1 / 20_000;
    for (const [k, frequency] of frequenciesOf(5, 2).entries())
      expect(Math.abs(counts[k]! - frequency)).toBeLessThan(0.015);
    const steep = new ClassDrawer({ frequencies: frequenciesOf(4, 10) });
    const others = Array.from({ length: 2000 }, () => steep.other([0, 1], stream));
    const third = others.filter((kind) => kind === 2).length / 2000;
    expect(new Set(others)).toEqual(new Set([2, 3]));
    expect(Math.abs(third - 3 ** -10 / (3 ** -10 + 4 ** -10))).toBeLessThan(0.03);
  });
});

describe('the task', () => {
  it('tells reading from the context and knowing in weights apart', () => {
    const task = taskOf({}, { evaluationPrompts: 400 });
    const baselines: Record<string, Estimate> = Object.assign({}, ...task.evaluation.baselines());
    const of = (name: string, metric: string) => baselines[`baseline/${name}/${metric}_accuracy`]!.mean!;
    for (const kind of ['context', 'swapped']) expect(of('in_context', kind), kind).toBeGreaterThan(0.95);
    for (const kind of ['weights', 'label']) expect(of('in_weights', kind), kind).toBeGreaterThan(0.99);
    expect(of('in_weights', 'context')).toBeLessThan(0.25);
    expect(of('in_weights', 'swapped')).toBeLessThan(0.25);
    expect(of('in_context', 'weights')).toBeLessThan(0.3);
    const guessing = Object.fromEntries(
      ['', 'context_', 'swapped_', 'weights_', 'label_'].map((kind) => [
        `${kind}prediction`,
        hostTensor([400, 1, 8], new Float64Array(3200)),
      ]),
    );
    const measured = task.evaluation.measure(guessing);
    expect(measured['eval_loss']!.mean).toBeCloseTo(Math.log(8), 12);
    for (const kind of ['', 'context_', 'swapped_', 'weights_', 'label_']) {
      expect(measured[`${kind}accuracy`]!.mean, kind).toBeCloseTo(1 / 8, 12);
    }
    expect(task.theory).toEqual({ uniform_loss: Math.log(8), chance: 1 / 8 });
  });

  it('gives as many classes to every label, and takes them from a snapshot, if they fit', () => {
    const task = taskOf({ classes: 64 });
    const counts = new Map<number, number>();
    for (const label of task.fixed['labels']!.data) counts.set(label, (counts.get(label) ?? 0) + 1);
    expect([...counts.values()]).toEqual(new Array(8).fill(8));
    expect(taskOf({ classes: 64 }, { fixed: task.fixed }, 5).fixed).toEqual(task.fixed);
    expect(() => taskOf({ classes: 128 }, { fixed: task.fixed })).toThrow(UserError);
  });

  it('refuses what it cannot draw', () => {
    expect(() => taskOf({ burst: 3 })).toThrow(/task\.burst is 3.*a divisor of 8/);
    expect(() => taskOf({ classes: 4, labels: 2 })).toThrow(/task\.classes is 4.*at least 5/);
    expect(() => taskOf({ classes: 100 })).toThrow(/task\.classes is 100.*a multiple of 8/);
    expect(() => taskOf({ novel: 0.7, relabelled: 0.7 })).toThrow(/at most 1/);
    expect(() => taskOf({}, { loss: 'bce' })).toThrow(/train\.loss is bce/);
  });
});

it('writes tokens as [x; 0] and [0; ℓ]', () => {
  const prompts: Prompts = {
    count: 1,
    pairs: 1,
    exemplars: Float32Array.of(1, 2, 3, 4),
    classes: Int32Array.of(0, 0),
    labels: Uint16Array.of(1, 1),
  };
  const shape = { dim: 2, labels: 2 } as Classes;
  expect([...tokensOf(prompts, shape)]).toEqual([1, 2, 0, 0, 0, 0, 0, 1, 3, 4, 0, 0]);
});
