import type { Token } from '../plot/style.ts';
import type { RunState } from '../runs/state.ts';

/** For each colour the metrics that can stand for it, best first: one curve a colour keeps the chart readable. */
const candidates: readonly { readonly role: Token; readonly names: readonly string[] }[] = [
  { role: 'training', names: ['train_loss'] },
  { role: 'in_domain', names: ['in_domain_inference_loss', 'unseen_error', 'eval_loss'] },
  { role: 'out_of_domain', names: ['out_of_domain_inference_loss', 'out_of_domain_error'] },
];

/** Values of theory, and of predictors that need no training, that are drawn as lines, with their names. */
export const floors = [
  { name: 'loss_floor', label: 'floor L*' },
  { name: 'copy_floor', label: 'copy floor' },
  { name: 'ridge_limit_loss', label: 'ridge' },
] as const;

/** The metrics of a run that have a curve, with their colour. */
export function drawnMetrics(run: RunState): { readonly role: Token; readonly name: string }[] {
  return candidates.flatMap(({ role, names }) => {
    const name = names.find((candidate) => run.curves.has(candidate));
    return name === undefined ? [] : [{ role, name }];
  });
}
