import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/random.ts';
import { curriculumKey, curriculumOf } from '../../../src/tasks/functions/curriculum.ts';
import { functionTaskOf, trainingScalars } from './task.ts';

const curriculum = (keys: object, dim = 20, points = 41) => curriculumOf(curriculumKey.parse(keys), { dim, points });

describe('a curriculum', () => {
  it('grows as that of Garg et al.: a dimension and two points every 2,000 steps', () => {
    const stage = curriculum({ dim_start: 5, points_start: 11, interval: 2000 })!;
    const at = [0, 1999, 2000, 7999, 29_999, 30_000, 500_000].map(stage);
    expect(at.map(({ dim }) => dim)).toEqual([5, 5, 6, 8, 19, 20, 20]);
    expect(at.map(({ points }) => points)).toEqual([11, 11, 13, 17, 39, 41, 41]);
  });

  it('adds five points a time where there are so many more', () => {
    const stage = curriculum({ dim_start: 5, points_start: 26, interval: 2000 }, 20, 101)!;
    expect([0, 2000, 4000].map((step) => stage(step).points)).toEqual([26, 31, 36]);
  });

  it('adds single points when inputs keep their size', () => {
    const stage = curriculum({ points_start: 3, points_end: 5, interval: 10 })!;
    expect([0, 10, 20, 30].map(stage)).toEqual([3, 4, 5, 5].map((points) => ({ dim: 20, points })));
  });

  it('is none without an interval', () => {
    expect(curriculum({ dim_start: 5 })).toBeUndefined();
  });

  it.each([{ dim_start: 6, dim_end: 5 }, { dim_end: 21 }, { points_start: 42 }])('refuses %j', (keys) => {
    expect(() => curriculum({ ...keys, interval: 5 })).toThrow(UserError);
  });
});

describe('training prompts of a curriculum', () => {
  const settings = { dim: 3, points: 4, curriculum: { dim_start: 1, points_start: 2, interval: 10 } };
  const task = functionTaskOf('linear_regression', settings);
  const draw = (step: number) => task.training.draw(RandomStream.named(0, 'train'), 5, step);

  it('have zeros in the numbers to come, no weight on the points to come, and say their size', () => {
    for (const [step, dim, points] of [
      [0, 1, 2],
      [10, 2, 3],
      [20, 3, 4],
    ] as const) {
      const { tokens, weights, stage } = draw(step);
      tokens!.forEach((value, entry) => {
        const [token, feature] = [Math.floor(entry / 3) % 7, entry % 3];
        const used = token % 2 === 1 ? feature === 0 : feature < dim;
        expect(value !== 0, `token ${token} feature ${feature}`).toBe(used);
      });
      expect([...weights!]).toEqual(Array.from({ length: 4 }, (_, i) => Math.fround(i < points ? 1 / points : 0)));
      expect([...stage!]).toEqual([dim, points]);
    }
  });

  it('take as many random numbers at every size, so that the stream does not depend on the curriculum', () => {
    const stateAfter = (step: number, settingsOf: object) => {
      const stream = RandomStream.named(0, 'train');
      functionTaskOf('linear_regression', settingsOf).training.draw(stream, 5, step);
      return stream.state();
    };
    expect(stateAfter(0, settings)).toEqual(stateAfter(0, { dim: 3, points: 4 }));
    expect(stateAfter(0, settings)).toEqual(stateAfter(99, settings));
  });

  it('depend on the state of the stream and the step alone', () => {
    const straight = RandomStream.named(0, 'train');
    for (let step = 0; step < 12; step++) task.training.draw(straight, 5, step);
    const resumed = RandomStream.restored(straight.state());
    const again = functionTaskOf('linear_regression', settings);
    expect(again.training.draw(resumed, 5, 12)).toEqual(task.training.draw(straight, 5, 12));
  });

  it('count for the mean over the points in use alone', async () => {
    const { tokens, target } = draw(0);
    const scalars = await trainingScalars(task, draw(0), 5);
    let sum = 0;
    for (let p = 0; p < 5; p++)
      for (let i = 0; i < 2; i++) {
        const error = 3 * tokens![p * 21 + i * 6]! - target![p * 4 + i]!;
        sum += (error * error) / 10;
      }
    expect(scalars['train_loss']).toBeCloseTo(sum, 6);
    expect(scalars).toMatchObject({ curriculum_dim: 1, curriculum_points: 2 });
  });
});
