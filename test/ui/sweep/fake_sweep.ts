import { MetricCatalogue } from '../../../src/metrics/catalogue.ts';
import { knownMeasures } from '../../../src/models/known/measures.ts';
import { cellsOf, type Design } from '../../../src/sweep/cells.ts';
import type { FollowedCell, FollowedSweep } from '../../../src/sweep/follow.ts';
import type { SweepRecord } from '../../../src/sweep/record.ts';
import { SampledCurves } from '../../../src/sweep/sampled.ts';
import type { CellState } from '../../../src/sweep/state.ts';

export const steps = 1500;

/** A cell that has come to a step, with curves that fall the faster the more heads there are. */
function cellAt(
  planned: ReturnType<typeof cellsOf>[number],
  index: number,
  step: number,
  state: CellState,
): FollowedCell {
  const curves = new SampledCurves(steps);
  const rate =
    1 + Object.values(planned.settings).reduce<number>((sum, value) => sum + Math.abs(Number(value) || 0), 0);
  for (let at = 0; at <= step && step > 0; at += 10) {
    const loss = Math.exp((-rate * at) / (2 * steps)) * (1 + 0.1 * Math.sin(index));
    curves.put('train_loss', at, loss);
    if (at % 50 === 0) curves.put('eval_loss', at, 1.2 * loss);
  }
  return {
    ...planned,
    state,
    step,
    stepsPerSecond: state === 'running' ? 100 : null,
    curves: curves.curves,
    last: curves.last,
    ...(state === 'done' && { seconds: 15 }),
    ...(state === 'failed' && { reason: 'the loss is not finite at step 70' }),
  };
}

/** Of a sweep: the states of its cells in order, the last for all that follow. */
export function fakeSweep(
  states: readonly CellState[] = ['done', 'done', 'done', 'running', 'failed', 'running', 'waiting'],
  design: Partial<Design> = {},
  isGoing = true,
): FollowedSweep {
  const whole = {
    grid: { 'model.heads': [4, 8, 16], 'task.noise': [0.01, 0.1] },
    zip: {},
    seeds: [0, 1, 2],
    ...design,
  };
  const stepOf: Readonly<Record<CellState, number>> = {
    waiting: 0,
    queued: 0,
    running: 600,
    done: steps,
    failed: 70,
    stopped: 400,
  };
  const cells = cellsOf(whole).map((planned, i) => {
    const state = states[Math.min(i, states.length - 1)]!;
    return cellAt(planned, i, stepOf[state], state);
  });
  const sweep = {
    ...{ v: 1, name: 'yang-quick-heads-noise', preset: 'yang-quick', settings: {}, steps, jobs: 2 },
    ...{ config: {}, created: '', versions: {} },
    grid: whole.grid,
    zip: whole.zip,
    seeds: whole.seeds,
    cells: cells.map(({ run, settings, seed, state }) => ({ id: run, run, settings, seed, state, config_sha256: '' })),
  } as unknown as SweepRecord;
  return { sweep, isGoing, isOnSlurm: false, cells, unread: 0, metrics: new MetricCatalogue(knownMeasures()) };
}
