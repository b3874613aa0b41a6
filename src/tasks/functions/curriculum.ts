import { z } from 'zod';
import { UserError } from '../../core/errors.ts';

const end = (what: string) => z.int().min(0).max(10_000).default(0).describe(`${what}; 0 for all`);

export const curriculumKey = z
  .strictObject({
    dim_start: end('Numbers of an input that are not 0 at the first step'),
    dim_end: end('The same in the end'),
    points_start: end('Examples that count at the first step'),
    points_end: end('The same in the end'),
    interval: z.int().min(0).default(0).describe('Steps until prompts grow again; 0 shows everything from the start'),
  })
  .default({ dim_start: 0, dim_end: 0, points_start: 0, points_end: 0, interval: 0 })
  .describe('Training on small prompts first, which then grow; held-out prompts always have full size');

type CurriculumKeys = z.infer<typeof curriculumKey>;

export interface Stage {
  /** Numbers of an input that are not 0: the first ones. */
  readonly dim: number;
  /** Examples that count in the loss: the first ones. */
  readonly points: number;
}

/** How large training prompts are at update number `step`, 0-based. */
export type Curriculum = (step: number) => Stage;

/**
 * Every `interval` steps an input gains a number, and the examples grow in proportion, so that both have their end at the
 * same step; where inputs do not grow, a prompt gains one example instead. Garg et al. 2022, appendix A.2, whose dims
 * 5 → 20 and points 11 → 41 give two examples a time.
 * @returns undefined when everything is shown from the start
 * @throws UserError when prompts would shrink or outgrow the task
 */
export function curriculumOf(keys: CurriculumKeys, full: Stage): Curriculum | undefined {
  if (keys.interval === 0) return undefined;
  const dim = rangeOf('dim', keys.dim_start, keys.dim_end, full.dim);
  const points = rangeOf('points', keys.points_start, keys.points_end, full.points);
  const stages = dim.to > dim.from ? dim.to - dim.from : points.to - points.from;
  return (step) => {
    const share = stages === 0 ? 1 : Math.min(Math.floor(step / keys.interval), stages) / stages;
    const at = ({ from, to }: Range) => from + Math.round(share * (to - from));
    return { dim: at(dim), points: at(points) };
  };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function rangeOf(name: 'dim' | 'points', start: number, end: number, all: number): Range {
  const [from, to] = [start || all, end || all];
  if (from > to || to > all) {
    throw new UserError({
      what: `task.curriculum goes from ${name} ${from} to ${to}`,
      expected: `a way up that ends at task.${name} ${all} or before`,
    });
  }
  return { from, to };
}
