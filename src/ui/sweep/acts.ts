import { thousands } from '../../core/format.ts';
import type { FollowedCell } from '../../sweep/follow.ts';
import { isOver } from '../../sweep/state.ts';
import type { Wish } from '../../sweep/wishes.ts';
import { gridOf, keyOf, neighbour } from './grid.ts';
import { bodyOf, layoutOf } from './layout.ts';
import {
  nameOf,
  type Question,
  quiet,
  type SweepChoice,
  type SweepEffect,
  type SweepModel,
  type SweepStep,
  selected,
  selectedCell,
} from './model.ts';

function choose(model: SweepModel, choice: SweepChoice): SweepStep {
  return { model, effects: [{ type: 'choose', choice }] };
}

export function move(model: SweepModel, right: number, down: number): SweepStep {
  const { tiles } = layoutOf(model, bodyOf(model.size));
  const next = neighbour(gridOf(model, tiles), right, down);
  return quiet(next ? { ...model, at: keyOf(next), member: 0 } : model);
}

/** The next or the previous seed; past the last the first comes. */
export function walk(model: SweepModel, by: number): SweepStep {
  const count = selected(model)?.cells.length ?? 0;
  return quiet(count > 0 ? { ...model, member: (Math.min(model.member, count - 1) + by + count) % count } : model);
}

export function nextMetric(model: SweepModel, by: number): SweepStep {
  const { metrics, metric } = model;
  const at = metrics.indexOf(metric ?? '');
  return quiet({ ...model, metric: metrics[(at + by + metrics.length) % metrics.length] });
}

const inAll = (model: SweepModel): readonly FollowedCell[] => model.data.cells;
const inOne = (model: SweepModel): readonly FollowedCell[] => selected(model)?.cells ?? [];
const count = (cells: readonly unknown[]): string => `${cells.length} run${cells.length === 1 ? '' : 's'}`;

const isBroken = ({ state }: FollowedCell): boolean => state === 'failed' || state === 'stopped';
export const broken = (model: SweepModel): FollowedCell[] => inOne(model).filter(isBroken);
export const allBroken = (model: SweepModel): FollowedCell[] => inAll(model).filter(isBroken);

const runsOf = (cells: readonly FollowedCell[]): string[] => cells.map(({ run }) => run);

function asking(wish: Wish, done: string): SweepEffect {
  return { type: 'ask', wish, done };
}

function question(model: SweepModel, text: string, answers: Question['answers']): SweepStep {
  return quiet({ ...model, question: { text, answers } });
}

export function askToStop(model: SweepModel): SweepStep {
  const cells = inOne(model).filter(({ state }) => !isOver(state));
  const name = nameOf(selected(model)!);
  if (cells.length === 0) return quiet({ ...model, notice: 'these runs are over; X stops all others', tone: 'alert' });
  const effect = asking(
    { type: 'stop', runs: runsOf(cells) },
    `${name}: ${count(cells)} stopped, ${model.data.isOnSlurm ? 'the command that submitted them' : 'r'} goes on`,
  );
  return question(model, `stop ${count(cells)} of ${name}, saved? y stops, any other key does not`, { y: effect });
}

export function askToStopAll(model: SweepModel): SweepStep {
  const cells = inAll(model).filter(({ state }) => !isOver(state));
  const done = model.data.isOnSlurm
    ? 'its runs are saved and cancelled; the command that submitted it goes on'
    : 'the sweep saves its runs and stops; R goes on';
  const effect = asking({ type: 'end' }, done);
  return question(model, `stop the sweep, ${count(cells)} unfinished, saved? y stops, any other key does not`, {
    y: effect,
  });
}

export function tryAgain(model: SweepModel): SweepStep {
  const cells = broken(model);
  const wish: Wish = { type: 'again', runs: runsOf(cells) };
  return { model, effects: [asking(wish, `${nameOf(selected(model)!)}: ${count(cells)} again`)] };
}

export function tryAllAgain(model: SweepModel): SweepStep {
  const cells = allBroken(model);
  // Left by a process that is gone, nothing may have failed: whoever goes on takes those that wait as well.
  const some = cells.length > 0 ? cells : inAll(model).slice(0, 1);
  const done = cells.length > 0 ? `${count(cells)} again` : 'the sweep goes on';
  return { model, effects: [asking({ type: 'again', runs: runsOf(some) }, done)] };
}

export function addSeed(model: SweepModel): SweepStep {
  const cells = inOne(model);
  const seed = Math.max(...cells.map((cell) => cell.seed)) + 1;
  const wish: Wish = { type: 'seed', like: cells[0]!.run, seed };
  return { model, effects: [asking(wish, `${nameOf(selected(model)!)}: adding seed ${seed}`)] };
}

/** Begins to type how far all runs are to go: twice as far unless said. */
export function beginSteps(model: SweepModel): SweepStep {
  return quiet({ ...model, typing: { text: String(2 * model.data.sweep.steps), offered: true } });
}

const longestNumber = 9;
/** So many times as far as now is asked about: a digit too many is easily typed. */
const farAway = 10;

export function typeSteps(model: SweepModel, key: string): SweepStep {
  const { text, offered } = model.typing!;
  const typed = (now: string): SweepStep => quiet({ ...model, typing: { text: now, offered: false } });
  if (key === 'esc' || key === 'ctrl+c') return quiet({ ...model, typing: undefined });
  if (key === 'backspace') return typed(text.slice(0, -1));
  if (/^\d$/.test(key)) return typed(offered ? key : (text + key).slice(0, longestNumber));
  return key === 'enter' ? extendTo({ ...model, typing: undefined }, Number(text)) : quiet(model);
}

function extendTo(model: SweepModel, steps: number): SweepStep {
  const { steps: now, config } = model.data.sweep;
  if (steps <= now) {
    return quiet({ ...model, notice: `steps are a total: more than the ${thousands(now)} of now`, tone: 'alert' });
  }
  const train = config['train'] as { readonly schedule?: string } | undefined;
  const schedule =
    (train?.schedule ?? 'constant') === 'constant'
      ? ''
      : '; the schedule of the learning rate was a shorter one so far';
  const effect = asking({ type: 'steps', steps }, `all runs go on to step ${thousands(steps)}${schedule}`);
  if (steps <= farAway * now) return { model, effects: [effect] };
  const text = `all runs to step ${thousands(steps)}, now ${thousands(now)}? y extends, any other key does not`;
  return question(model, text, { y: effect });
}

/** Opens the screen of the selected run. */
export function openRun(model: SweepModel): SweepStep {
  return choose(model, { type: 'open', runs: [selectedCell(model)!.run] });
}

/** Seeds of the selected combination that have something to show. */
export const begun = (model: SweepModel): FollowedCell[] =>
  inOne(model).filter(({ state, step }) => state === 'running' || step > 0);

/** Opens the screen that shows the seeds as one. */
export function openSeeds(model: SweepModel): SweepStep {
  return choose(model, { type: 'open', runs: runsOf(begun(model)) });
}

/** A sweep that is going may go on without its screen; one that is not is left at once. */
export function askToLeave(model: SweepModel): SweepStep {
  const leave: SweepEffect = { type: 'choose', choice: { type: 'leave' } };
  if (!model.data.isGoing) return { model, effects: [leave] };
  const stop: SweepEffect = { type: 'choose', choice: { type: 'stop' } };
  const text = `d leaves it going${model.data.isOnSlurm ? ' with Slurm' : ''} · s stops it, saved · other keys stay`;
  return question(model, text, { d: leave, q: leave, 'ctrl+c': leave, enter: leave, s: stop });
}
