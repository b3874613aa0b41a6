import { duration, significant, thousands } from '../core/format.ts';
import { metricInfo } from '../metrics/catalog.ts';
import type { RunState } from '../runs/state.ts';
import { endingOf } from './endings.ts';
import type { Choice } from './state/model.ts';
import { drawnMetrics } from './state/shown_metrics.ts';

/**
 * What stays in the terminal after the screen is left: plain lines that say where the run is and how to come back to it.
 * @param folder the run's folder, as a command typed here would name it
 */
export function closingSummary(state: RunState, choice: Choice, folder: string): string[] {
  if (!state.config) return ['incline: left before the trainer had started'];
  const { steps } = state.config.train;
  const time = state.summary ? ` in ${duration(state.summary.seconds)}` : '';
  const lines = [`${state.run}: ${endOf(state, choice)}, step ${thousands(state.step)} of ${thousands(steps)}${time}`];
  const best = bestValues(state);
  lines.push(...wrapped(best).map((row, index) => `  ${(index === 0 ? 'best' : '').padEnd(10)}${row}`));
  const file = state.snapshots.at(-1)?.file;
  const snapshot = file && `${folder}/${file}`;
  if (snapshot) lines.push(`  snapshot  ${snapshot}`);
  if ((choice === 'detach' || choice === 'fork') && state.phase !== 'finished' && state.phase !== 'failed') {
    lines.push(`  return    npx incline attach ${state.run}`);
  } else if (snapshot) {
    const more = state.step < steps ? '' : ` --steps ${2 * steps}`;
    lines.push(`  go on     npx incline train --resume ${snapshot}${more}`);
  }
  return lines;
}

const words: Readonly<Record<Choice, string>> = {
  detach: 'detached, the run goes on',
  stop: 'stopped and saved',
  finished: 'finished',
  fork: 'left for a fork, the run goes on',
  compare: 'left to compare, the run goes on',
};

function endOf(state: RunState, choice: Choice): string {
  if (state.phase === 'failed') return `failed: ${state.failure ?? 'no reason given'}`;
  return state.phase === 'finished' ? endingOf(state).words : words[choice];
}

function bestValues(state: RunState): string[] {
  return drawnMetrics(state).flatMap(({ name }) => {
    const info = metricInfo(name);
    if (!info || info.better === 'none') return [];
    const best = state.curves.get(name)!.view().best(info.better);
    return best ? [`${info.short} ${significant(best.value)} @${thousands(best.step)}`] : [];
  });
}

/** Columns for values beside their indent, so that no row is wider than 78. */
const valueColumns = 66;

/** The values in rows that are broken between values only. */
function wrapped(values: readonly string[]): string[] {
  const rows: string[] = [];
  for (const value of values) {
    const longer = `${rows.at(-1)} · ${value}`;
    if (rows.length > 0 && longer.length <= valueColumns) rows[rows.length - 1] = longer;
    else rows.push(value);
  }
  return rows;
}
