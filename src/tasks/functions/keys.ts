import { z } from 'zod';
import { curriculumKey } from './curriculum.ts';
import { shiftNames } from './shifts.ts';

/** Keys of every task whose prompts are examples of a function. */
export const functionKeys = (points: number) => ({
  dim: z.int().min(1).max(10_000).default(20).describe('Numbers in an input, d'),
  points: z.int().min(2).max(10_000).default(points).describe('Examples in a prompt; each label is asked for'),
  curriculum: curriculumKey,
});

/** Keys of linear functions, whose prompts may be drawn from elsewhere than in training. */
export const shiftKeys = {
  shift: z
    .enum(shiftNames)
    .default('none')
    .describe('Where held-out prompts come from, if not from where training prompts do'),
  shift_factor: z.number().positive().max(1e6).default(2).describe('Factor on inputs or labels of scale_x and scale_y'),
};
