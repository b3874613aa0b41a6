import { faults } from './kinds/registry.ts';
import type { Loss, Outcome } from './trials.ts';

/** The outcomes as a table in Markdown, in the order of the kinds, with the seeds of what went wrong. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = faults.flatMap(({ name, injected, expected }) => {
    const outcome = outcomes.find((one) => one.name === name);
    return outcome ? [`| ${name} | ${injected} | ${expected} | ${countOf(outcome)} | ${lossesOf(outcome)} |`] : [];
  });
  return ['| fault | what is done | what happens | trials | losses |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function countOf({ trials, skipped }: Outcome): string {
  return skipped === undefined ? String(trials) : `none: ${skipped}`;
}

function lossesOf({ losses }: Outcome): string {
  const seeds = losses.map(({ seed }) => seed).join(', ');
  return losses.length === 0 ? '0' : `${losses.length} (--seed ${seeds})`;
}

/** The command that does a lost trial again. */
export function againOf(name: string, { seed }: Loss): string {
  return `npm run test:faults -- --only ${name} --seed ${seed} --trials 1`;
}
