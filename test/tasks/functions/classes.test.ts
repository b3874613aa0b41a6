import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/random.ts';
import { MetricCatalogue } from '../../../src/metrics/catalogue.ts';
import { knownMeasures } from '../../../src/models/known/measures.ts';
import type { Estimate } from '../../../src/protocol/events.ts';
import { tasks } from '../../../src/tasks/registry.ts';
import { firstNumber, functionTaskOf, measure, trainingScalars } from './task.ts';

const catalogue = new MetricCatalogue(knownMeasures());

const points = 7;

/** Sizes small enough for every reference predictor, and what labels and sharp predictors must then be. */
const classes = [
  { name: 'linear_regression', settings: { dim: 3 }, power: 3, best: 'least_squares', floor: 0 },
  { name: 'noisy_linear_regression', settings: { dim: 3, noise: 0.5 }, power: 3.25, best: 'ridge' },
  { name: 'sparse_linear_regression', settings: { dim: 9, sparsity: 2 }, power: 2, best: 'lasso' },
  { name: 'quadratic_regression', settings: { dim: 3 }, power: 3, best: 'squares', floor: 0 },
  { name: 'relu_network_regression', settings: { dim: 2, hidden: 20 }, power: 2, best: 'network' },
  { name: 'decision_tree', settings: { dim: 2, depth: 1 }, power: 1, best: 'tree' },
  { name: 'linear_classification', settings: { dim: 2 }, power: 0.5, best: 'averaging' },
] as const;

it('are all of the tasks whose prompts are sequences of examples', () => {
  const known = [...tasks.values()].filter(({ title }) => title.includes('Garg et al. 2022')).map(({ name }) => name);
  expect(classes.map(({ name }) => name).sort()).toEqual(known.sort());
});

describe.each(classes)('$name', ({ name, settings, power, best, ...known }) => {
  const task = functionTaskOf(name, { points, ...settings }, { evaluationPrompts: 1200 });
  const few = functionTaskOf(name, { points, ...settings }, { evaluationPrompts: 200 }, 3);
  const baselines: Record<string, Estimate> = Object.assign({}, ...few.evaluation.baselines());
  const last = (predictor: string) => baselines[`baseline/${predictor}/error_last`]!.mean!;

  it('has labels whose mean square, or chance of a wrong guess, is what it should be at every position', async () => {
    const metrics = await measure(task.evaluation, firstNumber(0));
    for (let i = 0; i < points; i++) {
      const { mean, stderr } = metrics[`error_at/${i}`]!;
      expect(Math.abs(mean! - power), `after ${i}`).toBeLessThanOrEqual(4 * stderr! + 1e-12);
    }
    const { mean, stderr } = metrics['eval_loss']!;
    expect(Math.abs(mean! - task.theory['initial_loss']!)).toBeLessThanOrEqual(4 * stderr! + 1e-12);
  });

  it('expects of predictors what they do', () => {
    for (const [metric, value] of Object.entries(task.theory).filter(([key]) => key.startsWith('baseline/'))) {
      const { mean, stderr } = baselines[metric]!;
      expect(Math.abs(mean! - value), metric).toBeLessThan(4 * (stderr ?? 0) + 1e-6);
    }
  });

  it('starts every predictor from 0 and has names that the catalogue knows', () => {
    for (const [metric, { mean, n }] of Object.entries(baselines)) {
      expect(catalogue.info(metric), metric).toBeDefined();
      expect(n, metric).toBe(200);
      if (metric.endsWith('error_at/0')) expect(mean).toBe(baselines['baseline/zero/error_at/0']!.mean);
    }
  });

  it(`is learned best by ${best}`, () => {
    const others = Object.keys(baselines).filter((metric) => metric.endsWith('error_last'));
    for (const metric of others) expect(last(best), metric).toBeLessThanOrEqual(baselines[metric]!.mean!);
    expect(last(best)).toBeLessThan(0.75 * power);
    if ('floor' in known) expect(last(best)).toBeLessThan(1e-6);
  });

  it('draws training prompts like held-out ones', async () => {
    const drawn = task.training.draw(RandomStream.named(0, 'train'), 400, 0);
    const scalars = await trainingScalars(task, drawn, 400);
    const held = await measure(task.evaluation, firstNumber(3));
    const { mean, stderr } = held['eval_loss']!;
    expect(Math.abs(scalars['train_loss']! - mean!)).toBeLessThan(8 * stderr!);
  });
});

it('sparse functions have as many weights as asked, and not more than there are', () => {
  const task = functionTaskOf(
    'sparse_linear_regression',
    { dim: 6, points: 30, sparsity: 2 },
    { evaluationPrompts: 20 },
  );
  const { tokens } = task.evaluation.inputs;
  const { target } = task.evaluation.references;
  for (let p = 0; p < 20; p++) {
    // A label that no weight of a feature enters does not depend on it: two features explain all.
    const pairs = Array.from({ length: 6 }, (_, a) => Array.from({ length: a }, (_, b) => [a, b] as const)).flat();
    const at = (i: number, j: number) => tokens!.data[(p * 59 + 2 * i) * 6 + j]!;
    const label = (i: number) => target!.data[p * 30 + i]!;
    const fits = pairs.filter(([a, b]) => {
      const determinant = at(0, a) * at(1, b) - at(0, b) * at(1, a);
      const u = (label(0) * at(1, b) - label(1) * at(0, b)) / determinant;
      const v = (label(1) * at(0, a) - label(0) * at(1, a)) / determinant;
      return Array.from({ length: 30 }, (_, i) => Math.abs(u * at(i, a) + v * at(i, b) - label(i))).every(
        (rest) => rest < 1e-3,
      );
    });
    expect(fits.length).toBe(1);
  }
  expect(() => functionTaskOf('sparse_linear_regression', { dim: 2, points: 3 })).toThrow(UserError);
});

it('decision trees look at no more than the signs of the input', () => {
  const { evaluation } = functionTaskOf('decision_tree', { dim: 2, points: 40, depth: 3 }, { evaluationPrompts: 10 });
  const { data } = evaluation.inputs['tokens']!;
  for (let p = 0; p < 10; p++) {
    const labelOf = new Map<string, number>();
    for (let i = 0; i < 40; i++) {
      const at = (p * 79 + 2 * i) * 2;
      const signs = `${data[at]! > 0} ${data[at + 1]! > 0}`;
      const label = evaluation.references['target']!.data[p * 40 + i]!;
      expect(labelOf.get(signs) ?? label).toBe(label);
      labelOf.set(signs, label);
    }
    expect(labelOf.size).toBe(4);
  }
});

it('classes are signs, with a loss of their own', () => {
  const { evaluation, theory } = functionTaskOf('linear_classification', { dim: 3, points: 5 });
  expect(new Set(evaluation.references['target']!.data)).toEqual(new Set([-1, 1]));
  expect(theory).toEqual({ initial_loss: Math.log(2) });
  const hinge = functionTaskOf('linear_classification', { dim: 3, points: 5 }, { loss: 'hinge' });
  expect(hinge.theory).toEqual({ initial_loss: 1 });
  expect(() => functionTaskOf('linear_classification', {}, { loss: 'mse' })).toThrow(UserError);
});
