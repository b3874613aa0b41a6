import { updatesHeld } from '../../../protocol/ablation.ts';
import {
  type Intervention,
  type InterventionKind,
  isFreeze,
  isGraft,
  isRemoval,
} from '../../../protocol/interventions.ts';

const titles: Readonly<Record<InterventionKind, string>> = {
  remove: 'removal',
  mean: 'mean ablation',
  resample: 'resample ablation',
  uniform: 'uniform attention',
  previous: 'previous-token attention',
  match: 'matching attention',
  temperature: 'temperature',
  graft: 'grafted weights',
  graft_pattern: 'grafted pattern',
  graft_output: 'grafted output',
  freeze_queries: 'frozen queries',
  freeze_keys: 'frozen keys',
  freeze_values: 'frozen values',
  freeze_pattern: 'frozen pattern',
};

/** What is done to each part, above a board that measures it: `mean ablation × 0.5`, `temperature 2`. */
export function titleOfIntervention({ kind, amount }: Intervention): string {
  if (kind === 'temperature') return `${titles[kind]} ${shortest(amount)}`;
  if (isFreeze(kind)) return `${titles[kind]} for ${updatesHeld} updates`;
  return amount === 1 ? titles[kind] : `${titles[kind]} × ${shortest(amount)}`;
}

const shortest = (amount: number): string => String(Number(amount.toPrecision(3)));

/** The same above the column of what is measured then, in a few cells. */
export function wordsOfIntervention(intervention: Intervention): string {
  const { kind, amount } = intervention;
  if (isRemoval(intervention)) return 'without';
  if (kind === 'temperature') return `at ${shortest(amount)}`;
  if (isFreeze(kind)) return 'frozen';
  return isGraft(kind) ? 'grafted' : `with ${kind}`;
}

/** The same in a sentence: `without each`, `with each at 4`. */
export function eachWith(intervention: Intervention): string {
  const words = wordsOfIntervention(intervention);
  return words.startsWith('with') ? `${words} each` : `with each ${words}`;
}
