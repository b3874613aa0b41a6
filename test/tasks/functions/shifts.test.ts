import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import { matrix, multiply, singularValues, transpose } from '../../../src/core/linalg.ts';
import { RandomStream } from '../../../src/core/random.ts';
import type { Estimate } from '../../../src/protocol/events.ts';
import { drawLinear, linearReferences } from '../../../src/tasks/functions/linear.ts';
import { drawPrompts } from '../../../src/tasks/functions/prompts.ts';
import { measureReferences } from '../../../src/tasks/functions/references.ts';
import { type ShiftName, shiftNames, shiftOf } from '../../../src/tasks/functions/shifts.ts';
import { firstNumber, functionTaskOf, measure } from './task.ts';

const [dim, points, count] = [4, 6, 400];
const functions = {
  dim,
  points,
  kind: 'regression' as const,
  draw: drawLinear(dim),
  power: dim,
  noise: 0,
  references: linearReferences(1),
};

function drawn(name: ShiftName, factor = 2) {
  const stream = RandomStream.named(1, 'evaluate');
  const shift = shiftOf(name, { dim, points, power: dim, factor }, stream);
  return { prompts: drawPrompts(functions, count, stream, { shift }), positions: shift.positions ?? points };
}

const row = (data: Float32Array, p: number, i: number) =>
  data.subarray((p * points + i) * dim, (p * points + i + 1) * dim);
const product = (u: Float32Array, v: Float32Array) => u.reduce((sum, value, j) => sum + value * v[j]!, 0);
const meanSquare = (data: Float32Array) => data.reduce((sum, value) => sum + value * value, 0) / data.length;

function forEachPair(see: (p: number, i: number) => void) {
  for (let p = 0; p < count; p++) for (let i = 0; i < points; i++) see(p, i);
}

describe('shifted prompts', () => {
  it('quadrants: examples of a prompt share their signs, queries do not', () => {
    const { inputs, queries } = drawn('quadrants').prompts;
    let apart = 0;
    forEachPair((p, i) => {
      row(inputs, p, i).forEach((value, j) => {
        expect(Math.sign(value)).toBe(Math.sign(row(inputs, p, 0)[j]!));
        expect(Math.abs(row(queries!, p, i)[j]!)).toBe(Math.abs(value));
        if (Math.sign(row(queries!, p, i)[j]!) !== Math.sign(value)) apart++;
      });
    });
    expect(apart / inputs.length).toBeGreaterThan(0.4);
    expect(apart / inputs.length).toBeLessThan(0.6);
  });

  it('orthogonal: a query of length √d has no part along the examples before it, of which there are fewer than d', () => {
    const { prompts, positions } = drawn('orthogonal');
    expect(positions).toBe(dim);
    forEachPair((p, i) => {
      const query = row(prompts.queries!, p, i);
      if (i >= positions) return expect([...query]).toEqual([0, 0, 0, 0]);
      expect(product(query, query)).toBeCloseTo(dim, 5);
      for (let k = 0; k < i; k++) expect(Math.abs(product(query, row(prompts.inputs, p, k)))).toBeLessThan(1e-5);
    });
  });

  it('overlapping: a query is one of the examples before it', () => {
    const { inputs, queries, labels, targets } = drawn('overlapping').prompts;
    const seen = new Set<number>();
    forEachPair((p, i) => {
      if (i === 0) return;
      const found = Array.from({ length: i }, (_, k) => k).find(
        (k) => row(inputs, p, k).join() === row(queries!, p, i).join(),
      );
      expect(found).toBeDefined();
      expect(targets[p * points + i]).toBe(labels[p * points + found!]);
      if (i === points - 1) seen.add(found!);
    });
    expect(seen.size).toBe(points - 1);
  });

  it.each([
    ['half_subspace', [1, 1, 0, 0]],
    ['skewed', [1, 1 / 2, 1 / 3, 1 / 4]],
  ] as const)(
    '%s: inputs vary so much along the axes of a fixed basis, by as much in all as before',
    (name, values) => {
      const { inputs } = drawn(name).prompts;
      const table = matrix(count * points, dim, Float64Array.from(inputs));
      const { values: variances } = singularValues(multiply(transpose(table), table));
      const total = values.reduce((sum, value) => sum + value * value, 0);
      values.forEach((value, i) => {
        expect(Math.abs(variances[i]! / (count * points) - (dim * value * value) / total)).toBeLessThan(0.25);
      });
    },
  );

  it('scale_x, scale_y and noisy change inputs or labels by what they say', () => {
    const plain = drawn('none').prompts;
    const wide = drawn('scale_x', 3).prompts;
    const high = drawn('scale_y', 3).prompts;
    plain.inputs.forEach((value, entry) => {
      expect(wide.inputs[entry]).toBeCloseTo(3 * value, 5);
    });
    expect(high.inputs).toEqual(plain.inputs);
    plain.labels.forEach((value, entry) => {
      expect(wide.labels[entry]).toBeCloseTo(3 * value, 4);
      expect(high.labels[entry]).toBeCloseTo(3 * value, 4);
    });
    const noisy = drawn('noisy').prompts;
    expect(Math.abs(meanSquare(noisy.labels) - dim)).toBeLessThan(0.7);
    const { positions } = drawn('noisy');
    // Past d examples only the noise is left: for ridge regression no less than its share of the labels' variance.
    const errors: Record<string, Estimate> = Object.assign({}, ...measureReferences(functions, noisy, positions));
    expect(errors['baseline/ridge/error_last']!.mean!).toBeGreaterThan(dim / (dim + 1));
    expect(errors['baseline/ridge/error_last']!.mean!).toBeLessThan(errors['baseline/least_squares/error_last']!.mean!);
  });

  it('leave the first prompts as they are when there are more', () => {
    for (const name of shiftNames) {
      const of = (many: number) => {
        const stream = RandomStream.named(1, 'evaluate');
        const shift = shiftOf(name, { dim, points, power: dim, factor: 2 }, stream);
        return drawPrompts(functions, many, stream, { shift });
      };
      const [few, more] = [of(3), of(7)];
      expect(more.inputs.subarray(0, few.inputs.length)).toEqual(few.inputs);
      expect(more.targets.subarray(0, few.targets.length)).toEqual(few.targets);
    }
  });

  it('refuse half a subspace of a line', () => {
    expect(() => functionTaskOf('linear_regression', { dim: 1, points: 3, shift: 'half_subspace' })).toThrow(UserError);
  });
});

describe('a network on shifted prompts', () => {
  it.each(shiftNames)('is asked each query after the examples before it: %s', async (shift) => {
    const settings = { dim, points, shift };
    const { evaluation, training, probe } = functionTaskOf('linear_regression', settings, { evaluationPrompts: 50 });
    const metrics = await measure(evaluation, firstNumber(3));
    const { prompts, positions } = drawnOf(shift, 50);
    for (let i = 0; i < positions; i++) {
      let sum = 0;
      for (let p = 0; p < 50; p++) {
        const error = 3 * row(prompts.queries ?? prompts.inputs, p, i)[0]! - prompts.targets[p * points + i]!;
        sum += (error * error) / 50;
      }
      expect(metrics[`error_at/${i}`]!.mean! / sum).toBeCloseTo(1, 5);
    }
    expect(metrics).not.toHaveProperty(`error_at/${positions}`);
    expect(metrics['error_last']).toEqual(metrics[`error_at/${positions - 1}`]);
    // Training and pictures stay where they were.
    const plain = functionTaskOf('linear_regression', { dim, points });
    const draw = (one: typeof training) => one.draw(RandomStream.named(0, 'train'), 3, 0);
    expect(draw(training)).toEqual(draw(plain.training));
    expect(probe).toEqual(plain.probe);
  });

  function drawnOf(name: ShiftName, many: number) {
    const stream = RandomStream.named(0, 'evaluate');
    const shift = shiftOf(name, { dim, points, power: dim, factor: 2 }, stream);
    return { prompts: drawPrompts(functions, many, stream, { shift }), positions: shift.positions ?? points };
  }
});
