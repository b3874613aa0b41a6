import { significant } from '../../core/format.ts';
import { loadEngine } from '../../engine/registry.ts';
import { productSpeed } from '../../engine/speed.ts';
import type { Recipe } from '../../reproduce/recipe/schema.ts';

/** Multiplications and additions a second of one core of the machine on which the times in recipes were measured. */
const measuredOn = 6e10;

let speedHere: Promise<number> | undefined;

interface Estimate {
  /** Of the wall clock. */
  readonly seconds: number;
  /** What it rests on. */
  readonly basis: string;
}

/** How long recipes take here, all of them, by the times that they say. */
export async function estimateOf(recipes: readonly Recipe[], jobs: number): Promise<Estimate> {
  speedHere ??= loadEngine('cpu').then((engine) => productSpeed(engine));
  const ratio = (await speedHere) / measuredOn;
  const seconds = recipes.reduce((sum, one) => sum + one.seconds, 0) / Math.min(jobs, 64) / ratio;
  const speed = `a core of this machine multiplies matrices ${significant(ratio, 2)} times as fast as the one measured on`;
  return { seconds, basis: `from times measured on one core, ${jobs} at a time; ${speed}` };
}
