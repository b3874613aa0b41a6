import { describe, expect, test } from 'vitest';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { type ScheduleKind, schedule } from '../../src/graph/schedules.ts';
import { evaluate } from '../engine/conformance/numbers.ts';
import { scalar } from '../engine/conformance/training.ts';

/** Multipliers of the updates `steps`. */
async function multipliers(kind: ScheduleKind, total: number, warmup: number, final: number, steps: readonly number[]) {
  const values: number[] = [];
  for (const step of steps) {
    const { y } = await evaluate(
      referenceEngine,
      (recorder) => ({
        y: schedule(kind, {
          step: recorder.input('step', []),
          totalSteps: recorder.input('total', []),
          warmupSteps: warmup,
          finalFraction: final,
        }),
      }),
      { step: scalar(step), total: scalar(total) },
    );
    values.push(y!.data[0]!);
  }
  return values;
}

const close = (values: readonly number[], expected: readonly number[]) => {
  expect(values).toHaveLength(expected.length);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
};

describe('schedules', () => {
  test('constant stays at 1, also beyond the end', async () => {
    close(await multipliers('constant', 10, 0, 0.1, [0, 5, 9, 20]), [1, 1, 1, 1]);
  });

  test.each<ScheduleKind>(['constant', 'linear', 'cosine', 'triangle'])(
    '%s rises linearly through the warm-up',
    async (kind) => {
      close(await multipliers(kind, 20, 4, 0.1, [0, 1, 2, 3]), [0.25, 0.5, 0.75, 1]);
    },
  );

  test.each<ScheduleKind>(['linear', 'cosine', 'triangle'])(
    '%s ends at the final fraction and stays there',
    async (kind) => {
      for (const warmup of [0, 4]) {
        close(await multipliers(kind, 20, warmup, 0.1, [19, 20, 1000]), [0.1, 0.1, 0.1]);
        close(await multipliers(kind, 21, warmup, 0, [20]), [0]);
      }
    },
  );

  test('linear falls evenly', async () => {
    close(await multipliers('linear', 4, 0, 0.2, [0, 1, 2, 3]), [0.8, 0.6, 0.4, 0.2]);
    close(await multipliers('linear', 6, 2, 0.2, [1, 2, 3, 4, 5]), [1, 0.8, 0.6, 0.4, 0.2]);
  });

  test('cosine falls by half a turn', async () => {
    const third = (1 + Math.cos(Math.PI / 3)) / 2;
    close(await multipliers('cosine', 6, 0, 0.2, [1, 2, 3]), [
      0.2 + 0.8 * third,
      0.2 + 0.8 * 0.5,
      0.2 + 0.8 * (1 - third),
    ]);
  });

  test('triangle without warm-up peaks in the middle', async () => {
    close(await multipliers('triangle', 8, 0, 0, [0, 1, 2, 3, 4, 5, 6, 7]), [0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25, 0]);
    close(await multipliers('triangle', 5, 0, 0.5, [0, 1, 2, 3, 4]), [0.4, 0.8, 0.9, 0.7, 0.5]);
    close(await multipliers('triangle', 1, 0, 0.3, [0]), [0.3]);
  });

  test('a run shorter than its warm-up only rises', async () => {
    for (const kind of ['linear', 'cosine', 'triangle'] as const) {
      close(await multipliers(kind, 3, 6, 0.1, [0, 1, 2]), [1 / 6, 2 / 6, 3 / 6]);
    }
  });
});
