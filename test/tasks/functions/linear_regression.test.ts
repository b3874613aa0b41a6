import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/random.ts';
import type { Estimate } from '../../../src/protocol/events.ts';
import { firstNumber, functionTaskOf, measure, trainingScalars } from './task.ts';

const [dim, points] = [3, 6];
const task = functionTaskOf('linear_regression', { dim, points }, { evaluationPrompts: 1500 });
const { tokens } = task.evaluation.inputs;
const baselineErrors: Record<string, Estimate> = Object.assign({}, ...task.evaluation.baselines());
const { target } = task.evaluation.references;

describe('prompts of linear regression', () => {
  it('alternate inputs and labels, each label after its input and the last left out', () => {
    expect(tokens!.shape).toEqual([1500, 2 * points - 1, dim]);
    expect(task.sequence).toMatchObject({ width: dim, length: 2 * points - 1, align: 'start' });
    expect(task.sequence!.readout(2 * points - 1)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(task.sequence!.readout(1)).toEqual([0]);
    for (let p = 0; p < 20; p++) {
      for (let i = 0; i < points - 1; i++) {
        const label = (p * (2 * points - 1) + 2 * i + 1) * dim;
        expect([...tokens!.data.subarray(label, label + dim)]).toEqual([target!.data[p * points + i]!, 0, 0]);
      }
    }
  });

  it('have the errors that Garg et al. expect: d of zero, max(d − i, 0) of least squares, d(d + 1)/i of averaging', () => {
    for (let i = 0; i < points; i++) {
      const expected = {
        zero: dim,
        least_squares: Math.max(dim - i, 0),
        averaging: i === 0 ? dim : (dim * (dim + 1)) / i,
      };
      for (const [name, value] of Object.entries(expected)) {
        const { mean, stderr, n } = baselineErrors[`baseline/${name}/error_at/${i}`]!;
        expect(n).toBe(1500);
        if (value === 0) expect(mean).toBeLessThan(1e-6);
        else {
          expect(Math.abs(mean! - value), `${name} after ${i}`).toBeLessThan(4 * stderr!);
          expect(stderr!).toBeLessThan(0.2 * value);
        }
      }
    }
    for (const name of ['nearest_3', 'ridge', 'gradient_descent']) {
      expect(baselineErrors[`baseline/${name}/error_at/0`]).toEqual(baselineErrors['baseline/zero/error_at/0']);
      expect(baselineErrors[`baseline/${name}/error_last`]!.mean!).toBeLessThan(dim);
    }
  });

  it('have the losses of theory', () => {
    expect(task.theory).toEqual({
      initial_loss: 3,
      loss_floor: 1,
      'baseline/zero/error_last': 3,
      'baseline/averaging/error_last': 12 / 5,
      'baseline/least_squares/error_last': 0,
    });
    const half = functionTaskOf('linear_regression', { dim, points }, { loss: 'half_mse' });
    expect(half.theory['initial_loss']).toBe(1.5);
    expect(half.theory['loss_floor']).toBe(0.5);
    expect(() => functionTaskOf('linear_regression', {}, { loss: 'bce' })).toThrow(UserError);
  });
});

describe('a network on linear regression', () => {
  it('is measured at every position, the mean of which is the loss', async () => {
    const metrics = await measure(task.evaluation, firstNumber(0));
    const errors = Array.from({ length: points }, (_, i) => metrics[`error_at/${i}`]!.mean!);
    errors.forEach((error, i) => {
      expect(error).toBeCloseTo(baselineErrors[`baseline/zero/error_at/${i}`]!.mean!, 6);
    });
    expect(metrics['eval_loss']!.mean).toBeCloseTo(errors.reduce((sum, error) => sum + error, 0) / points, 6);
    expect(metrics['error_last']).toEqual(metrics[`error_at/${points - 1}`]);
  });

  it.each([
    ['mse', 1],
    ['half_mse', 0.5],
    ['default', 1],
  ])('trains on the mean over prompts and positions (%s)', async (loss, factor) => {
    const { training } = functionTaskOf('linear_regression', { dim, points }, { loss });
    const drawn = training.draw(RandomStream.named(0, 'train'), 7, 0);
    const { train_loss } = await trainingScalars({ ...task, training }, drawn, 7);
    let sum = 0;
    for (let p = 0; p < 7; p++) {
      for (let i = 0; i < points; i++) {
        const error = 3 * drawn['tokens']![(p * (2 * points - 1) + 2 * i) * dim]! - drawn['target']![p * points + i]!;
        sum += error * error;
      }
    }
    expect(train_loss).toBeCloseTo((factor * sum) / (7 * points), 5);
  });
});
