import { join } from 'node:path';
import { duration, significant, thousands } from '../../core/format.ts';
import { headlineMetric } from '../../metrics/headline.ts';
import { lookAt } from '../../sweep/cell_look.ts';
import { type Design, picked, settingsText, variedPaths } from '../../sweep/cells.ts';
import type { Asked } from '../../sweep/extend.ts';
import { outcomeOf } from '../../sweep/outcome.ts';
import type { Cell, SweepRecord } from '../../sweep/record.ts';
import { isOver } from '../../sweep/state.ts';

/** `30 runs of yang-quick: 3 model.heads × 2 task.noise × 5 seeds`. */
export function designText(design: Design & { readonly preset: string }, count: number): string {
  const { grid, zip, seeds, preset } = design;
  const together = Object.values(zip)[0]?.length;
  const parts = [
    ...Object.entries(grid).map(([path, list]) => `${list.length} ${path}`),
    ...(together === undefined ? [] : [`${together} ${Object.keys(zip).join(' with ')}`]),
    `${seeds.length} seed${seeds.length === 1 ? '' : 's'}`,
  ];
  return `${count} run${count === 1 ? '' : 's'} of ${preset}: ${parts.join(' × ')}`;
}

/** What a person should know who asks for other steps than a sweep is to come to. */
export function stepsNotes(before: SweepRecord, { steps, config }: Asked): string[] {
  if (steps < before.steps) {
    const total = thousands(before.steps);
    return [
      `${thousands(steps)} steps are fewer than this sweep has: its runs go to ${total}; for fewer choose another --name`,
    ];
  }
  const isScheduled = (config['train'] as { readonly schedule?: string }).schedule !== 'constant';
  return steps > before.steps && isScheduled
    ? ['the learning rate follows a schedule over all steps: runs that go on to more had a shorter one so far']
    : [];
}

/** `heads 4 · noise 0.01 · seed 0`. */
export function cellText(
  sweep: Pick<SweepRecord, 'grid' | 'zip'>,
  { settings, seed }: Pick<Cell, 'settings' | 'seed'>,
): string {
  return [settingsText(picked(settings, variedPaths(sweep))), `seed ${seed}`].filter((text) => text !== '').join(' · ');
}

/** What a cell has come to, as one line: its number, settings, headline metric and time, and how long the rest may take. */
export async function endedLine(sweep: SweepRecord, cell: Cell, folder: string, jobs: number): Promise<string> {
  const total = sweep.cells.length;
  const over = sweep.cells.filter(({ state }) => isOver(state)).length;
  const words = cell.state === 'done' ? await headlineText(join(folder, cell.run)) : `${cell.state}: ${cell.reason}`;
  const number = `${over}/${total}`.padStart(2 * String(total).length + 1);
  const parts = [cellText(sweep, cell), words, duration(cell.seconds ?? null), leftText(sweep, jobs)];
  return `${number}  ${parts.filter((part) => part !== '').join('   ')}`;
}

async function headlineText(folder: string): Promise<string> {
  const { snapshot } = await lookAt(folder);
  if (snapshot === undefined) return '';
  const { metrics, measured } = await outcomeOf(snapshot);
  const name = headlineMetric(metrics, (metric) => measured.some((one) => one.metric === metric));
  const value = measured.find(({ metric }) => metric === name)?.last;
  return name === undefined ? '' : `${metrics.short(name)} ${significant(value ?? null)}`;
}

/** By the mean time of the cells that are done. */
function leftText({ cells }: SweepRecord, jobs: number): string {
  const times = cells.flatMap(({ state, seconds }) => (state === 'done' && seconds !== undefined ? [seconds] : []));
  const left = cells.filter(({ state }) => !isOver(state)).length;
  if (times.length === 0 || left === 0) return '';
  const mean = times.reduce((a, b) => a + b) / times.length;
  return `about ${duration((mean * left) / Math.min(jobs, left))} left`;
}
