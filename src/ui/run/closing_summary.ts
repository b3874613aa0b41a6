import { duration, significant, thousands } from '../../core/format.ts';
import { commandLine } from '../../core/own_command.ts';
import { resumeCommand } from '../../runs/resume_command.ts';
import type { RunState } from '../../runs/state.ts';
import { endingOf } from '../state/endings.ts';
import type { Choice } from '../state/model.ts';
import { drawnMetrics } from '../state/shown_metrics.ts';

/**
 * What stays in the terminal after the screen is left: plain lines that say where the run is and how to come back to it.
 * @param folder the run's folder, as a command typed here would name it
 * @param run the run's name, which `state` has once the trainer has started
 * @param plugins files that the run needs
 */
export function closingSummary(
  state: RunState,
  choice: Choice,
  folder: string,
  run = state.run,
  plugins: readonly string[] = [],
): string[] {
  const steps = state.config?.train.steps ?? 0;
  const lines = [[`${run}: ${endOf(state, choice)}`, ...placeOf(state)].join(', ')];
  const best = bestValues(state);
  lines.push(...wrapped(best).map((row, index) => `  ${(index === 0 ? 'best' : '').padEnd(10)}${row}`));
  const file = state.snapshots.at(-1)?.file;
  const snapshot = file && `${folder}/${file}`;
  if (snapshot) lines.push(`  snapshot  ${snapshot}`);
  if ((choice === 'detach' || choice === 'fork') && state.phase !== 'finished' && state.phase !== 'failed') {
    lines.push(`  return    ${commandLine('attach', run)}`);
  } else if (snapshot) {
    lines.push(`  go on     ${resumeCommand(snapshot, { step: state.step, steps }, plugins)}`);
  }
  return lines;
}

function placeOf({ config, phase, step, summary }: RunState): string[] {
  if (!config) return phase === 'waiting' ? ['its trainer is starting'] : [];
  const time = summary ? ` in ${duration(summary.seconds)}` : '';
  return [`step ${thousands(step)} of ${thousands(config.train.steps)}${time}`];
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
  if (state.phase === 'finished') return endingOf(state).words;
  return state.phase === 'paused' ? words[choice].replace('goes on', 'stays paused') : words[choice];
}

function bestValues(state: RunState): string[] {
  return drawnMetrics(state).flatMap(({ name }) => {
    const info = state.metrics.info(name);
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
