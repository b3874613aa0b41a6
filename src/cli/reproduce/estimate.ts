import { significant } from '../../core/format.ts';
import { loadEngine } from '../../engine/registry.ts';
import { productSpeed } from '../../engine/speed.ts';
import type { Plan } from '../../reproduce/plan.ts';
import type { Recipe } from '../../reproduce/recipe/schema.ts';

/** Multiplications and additions a second of one core of the machine on which the times in recipes were measured. */
const measuredOn = 1e11;

let speedHere: Promise<number> | undefined;

interface Estimate {
  /** Of the wall clock. */
  readonly seconds: number;
  /** What it rests on. */
  readonly basis: string;
}

interface Job {
  readonly recipe: Pick<Recipe, 'seconds' | 'measuring'>;
  readonly plan: Plan;
}

/**
 * How long recipes take here, all of them, by the times that they say.
 * @param isDone whether a run is trained already, by its key
 */
export async function estimateOf(
  jobs: readonly Job[],
  cores: number,
  isDone: (key: string) => boolean = () => false,
): Promise<Estimate> {
  speedHere ??= loadEngine('cpu').then((engine) => productSpeed(engine));
  const ratio = (await speedHere) / measuredOn;
  const seconds = workOf(jobs, isDone) / Math.min(cores, 64) / ratio;
  const speed = `a core of this machine multiplies matrices ${significant(ratio, 2)} times as fast as the one measured on`;
  return { seconds, basis: `from times measured on one core, ${cores} at a time; ${speed}` };
}

/** Seconds of the core measured on. Training is shared out over the steps of the runs, and a run counts once for all recipes. */
export function workOf(jobs: readonly Job[], isDone: (key: string) => boolean): number {
  const counted = new Set<string>();
  let sum = 0;
  for (const { recipe, plan } of jobs) {
    const sweeps = [...plan.values()].filter(({ trained }) => trained);
    const runs = new Map(sweeps.flatMap(({ runs, steps }) => runs.map(({ key }) => [key, steps] as const)));
    let [open, all] = [0, 0];
    for (const [key, steps] of runs) {
      all += steps;
      if (!counted.has(key) && !isDone(key)) open += steps;
      counted.add(key);
    }
    const share = all > 0 ? open / all : 1;
    sum += recipe.measuring + (recipe.seconds - recipe.measuring) * share;
  }
  return sum;
}
