import { createHash } from 'node:crypto';
import type { Recipe } from './schema.ts';

/** SHA-256 of all in a recipe that numbers and verdicts depend on: runs, quantities, rules and controls, and not its words. */
export function contractHash({ sweeps, claims }: Pick<Recipe, 'sweeps' | 'claims'>): string {
  const contract = claims.map(({ id, quantity, mean, rule: { above, below }, horizon, control }) => [
    id,
    quantity,
    mean,
    [above, below],
    [horizon.doubled, horizon.quantity],
    [control.change, control.quantity],
  ]);
  return createHash('sha256')
    .update(JSON.stringify([sweeps, contract]))
    .digest('hex');
}
