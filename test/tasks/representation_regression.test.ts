import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { matrixOf, rowRange, squaredNorm } from '../../src/core/linalg.ts';
import { type HostTensor, hostTensor } from '../../src/core/tensor.ts';
import { representationRegression } from '../../src/tasks/representation_regression.ts';
import { contextOf } from './context.ts';

const small = { prompt_examples: 4, tokens: 9, token_dim: 5, features: 3 };
const create = (settings: object, context = contextOf(0)) =>
  representationRegression.create(representationRegression.schema.parse({ ...small, ...settings }), context);

describe('representation regression', () => {
  it('refuses prompts that leave no query tokens, naming the key', () => {
    for (const prompt_examples of [9, 12]) {
      expect(() => create({ prompt_examples })).toThrow(UserError);
      expect(() => create({ prompt_examples })).toThrow(/task\.prompt_examples.*at most 8/);
    }
    expect(() => create({ prompt_examples: 8 })).not.toThrow();
  });

  it('refuses losses it has no closed form for', () => {
    expect(() => create({}, contextOf(0, { loss: 'hinge' }))).toThrow(/train\.loss.*half_mse/);
    expect(() => create({}, contextOf(0, { loss: 'half_mse' }))).not.toThrow();
  });

  it('refuses a dictionary of other sizes', () => {
    const { fixed } = create({});
    expect(create({}, contextOf(1, { fixed })).fixed).toEqual(fixed);
    expect(() => create({}, contextOf(1, { fixed: { tokens: fixed['tokens']! } }))).toThrow(
      /task\/features is missing/,
    );
    const turned = { ...fixed, tokens: hostTensor([5, 9], fixed['tokens']!.data) };
    expect(() => create({}, contextOf(1, { fixed: turned }))).toThrow(/task\/tokens.*\[5, 9\].*\[9, 5\]/);
  });

  it('draws a dictionary that float32 holds exactly', () => {
    for (const token_norm of ['raw', 'unit']) {
      for (const { data } of Object.values(create({ token_norm }).fixed)) expect(data).toBeInstanceOf(Float32Array);
    }
  });

  it('draws tokens of length 1 or of Gaussian length, with the same features', () => {
    const sizes = { tokens: 400, token_dim: 50 };
    const [raw, unit] = ['raw', 'unit'].map((token_norm) => create({ ...sizes, token_norm }));
    const squares = (tokens: HostTensor) =>
      Array.from({ length: 400 }, (_, k) => squaredNorm(rowRange(matrixOf(tokens), k, k + 1)));
    for (const square of squares(unit!.fixed['tokens']!)) expect(square).toBeCloseTo(1, 6);
    const mean = squares(raw!.fixed['tokens']!).reduce((sum, x) => sum + x / 400, 0);
    expect(Math.abs(mean - 50)).toBeLessThan(4 * Math.sqrt(100 / 400)); // a sum of 50 squares has variance 100
    expect(raw!.fixed['features']).toEqual(unit!.fixed['features']);
  });

  it('draws other dictionaries for other seeds', () => {
    expect(create({}, contextOf(1)).fixed).not.toEqual(create({}, contextOf(2)).fixed);
  });

  it('refuses exact gradients for a model that is not linear in the labels', () => {
    const unused = () => {
      throw new Error('not needed');
    };
    expect(() => create({}).training.loss({ predict: unused, activations: unused }, {})).toThrow(
      /task\.training_set.*fixed or fresh/,
    );
  });
});
