import { duration, significant, thousands } from '../core/format.ts';
import { metricInfo } from '../metrics/catalog.ts';
import type { RunState } from '../runs/state.ts';
import type { Choice } from './model.ts';

/**
 * What stays in the terminal after the screen is left: plain lines that say where the run is and how to come back to it.
 * @param folder the run's folder, as a command typed here would name it
 */
export function closingSummary(state: RunState, choice: Choice, folder: string): string[] {
  if (!state.config) return ['incline: left before the trainer had started'];
  const { steps } = state.config.train;
  const time = state.summary ? ` in ${duration(state.summary.seconds)}` : '';
  const phase = state.phase === 'failed' ? `failed: ${state.failure ?? 'no reason given'}` : words[choice];
  const lines = [`${state.run}: ${phase}, step ${thousands(state.step)} of ${thousands(steps)}${time}`];
  const best = bestValues(state);
  if (best.length > 0) lines.push(`  best      ${best.join(' · ')}`);
  const file = state.snapshots.at(-1)?.file;
  const snapshot = file && `${folder}/${file}`;
  if (snapshot) lines.push(`  snapshot  ${snapshot}`);
  if (choice === 'detach' && state.phase !== 'finished' && state.phase !== 'failed') {
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
};

function bestValues(state: RunState): string[] {
  return [...state.curves].flatMap(([name, series]) => {
    const info = metricInfo(name);
    if (!info || info.better === 'none' || info.role === 'other' || info.role === 'theory') return [];
    const best = series.view().best(info.better);
    return best ? [`${info.short} ${significant(best.value)} @${thousands(best.step)}`] : [];
  });
}
