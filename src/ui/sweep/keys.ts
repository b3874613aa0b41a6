import type { KeyBinding } from '../screen/key_binding.ts';
import { usualKeys } from '../screen/usual_keys.ts';
import { describeLook, nextLook } from '../terminal/look.ts';
import * as acts from './acts.ts';
import { bodyOf, layoutOf } from './layout.ts';
import { quiet, type SweepModel, type SweepStep, selected, selectedCell } from './model.ts';

const hasMetric = ({ metric }: SweepModel): true | string => metric !== undefined || 'nothing is measured yet';
const noRuns = 'the sweep has no runs';
/** Only the command that submitted a sweep knows what its jobs ask of Slurm. */
const here = ({ data }: SweepModel, words: string): true | string =>
  !data.isOnSlurm || `it is on Slurm: the command that submitted it does so, ${words}`;
const isBackward = (key: string): boolean => ['[', 'V'].includes(key);

/** Columns to the right and rows down. */
const directions: Readonly<Record<string, readonly [number, number]>> = {
  left: [-1, 0],
  h: [-1, 0],
  right: [1, 0],
  l: [1, 0],
  up: [0, -1],
  k: [0, -1],
  down: [0, 1],
  j: [0, 1],
};

/** Every key of the screen of a sweep. */
export const sweepKeys: readonly KeyBinding<SweepModel, SweepStep>[] = [
  {
    id: 'open',
    keys: ['enter'],
    shown: 'enter',
    label: 'open run',
    help: 'Open the run: watch it while it trains, else play it back.',
    essential: true,
    enabled: (model) => {
      const cell = selectedCell(model);
      if (!cell) return noRuns;
      return cell.state === 'running' || cell.step > 0 || 'it has not begun';
    },
    act: acts.openRun,
  },
  {
    id: 'open_seeds',
    keys: ['a'],
    shown: 'a',
    label: 'seeds as one',
    help: 'Open the seeds of these settings as one run: means and bands.',
    enabled: (model) => acts.begun(model).length > 1 || 'not two of these seeds have begun',
    unhinted: (model) => acts.begun(model).length < 2,
    act: acts.openSeeds,
  },
  {
    id: 'members',
    keys: [']', '['],
    shown: '[ ]',
    label: 'seed',
    help: 'The next seed of these settings; [ the one before.',
    enabled: (model) => (selected(model)?.cells.length ?? 0) > 1 || 'there is one seed',
    act: (model, key) => acts.walk(model, isBackward(key) ? -1 : 1),
  },
  {
    id: 'metric',
    keys: ['v', 'V'],
    shown: 'v',
    label: 'metric',
    help: 'Draw the next metric; V the one before.',
    enabled: ({ metrics }) => metrics.length > 1 || 'there is no other metric',
    act: (model, key) => acts.nextMetric(model, isBackward(key) ? -1 : 1),
  },
  {
    id: 'rank',
    keys: ['o'],
    shown: 'o',
    label: 'rank',
    labelNow: ({ ranked }) => (ranked ? 'as the grid' : 'best first'),
    help: 'Put the best value first, or go back to the order of the grid.',
    enabled: hasMetric,
    act: (model) => quiet({ ...model, ranked: !model.ranked }),
  },
  {
    id: 'details',
    keys: ['d'],
    shown: 'd',
    label: 'details',
    help: 'Open or close what is known of these settings, seed by seed.',
    act: (model) => quiet({ ...model, details: layoutOf(model, bodyOf(model.size)).details === undefined }),
  },
  {
    id: 'log_y',
    keys: ['y'],
    shown: 'y',
    label: 'log y',
    help: 'Logarithmic or linear values; all tiles share one axis.',
    unhinted: true,
    act: (model) => quiet({ ...model, logY: !model.logY }),
  },
  {
    id: 'retry',
    keys: ['r'],
    shown: 'r',
    label: 'retry',
    help: 'Train those of these runs again that failed or were stopped.',
    enabled: (model) =>
      acts.broken(model).length === 0
        ? 'none of these runs failed or was stopped'
        : here(model, 'failed ones with --retry'),
    unhinted: (model) => acts.broken(model).length === 0,
    act: acts.tryAgain,
  },
  {
    id: 'retry_all',
    keys: ['R'],
    shown: 'R',
    label: 'go on',
    help: 'Go on with the sweep: all that failed, was stopped, or waits.',
    enabled: (model) => {
      const { cells, isGoing, isOnSlurm } = model.data;
      const waits = cells.some(({ state }) => state === 'waiting') && (isOnSlurm || !isGoing);
      if (acts.allBroken(model).length === 0 && !waits) return 'no run failed, was stopped, or waits in vain';
      return here(model, 'failed ones with --retry');
    },
    unhinted: (model) => model.data.isGoing,
    act: acts.tryAllAgain,
  },
  {
    id: 'stop',
    keys: ['x', 'X'],
    shown: 'x',
    label: 'stop',
    help: 'Stop the runs of these settings, saved; X all runs. Asks first.',
    enabled: ({ data }) => data.isGoing || 'the sweep is not going',
    unhinted: ({ data }) => !data.isGoing,
    act: (model, key) => (key === 'X' ? acts.askToStopAll(model) : acts.askToStop(model)),
  },
  {
    id: 'seed',
    keys: ['+'],
    shown: '+',
    label: 'add seed',
    help: 'Add a run of these settings with the next seed.',
    enabled: (model) => (selected(model) ? here(model, 'with more --seeds') : noRuns),
    act: acts.addSeed,
  },
  {
    id: 'steps',
    keys: ['e'],
    shown: 'e',
    label: 'extend',
    help: 'Let all runs go on to more steps; asks for the total.',
    enabled: (model) => (selected(model) ? here(model, 'with more --steps') : noRuns),
    act: acts.beginSteps,
  },
  {
    id: 'move',
    keys: ['left', 'right', 'up', 'down', 'h', 'l', 'k', 'j'],
    shown: '← ↓ ↑ →',
    label: 'move',
    help: 'Go to the settings beside these (also h j k l).',
    unhinted: true,
    act: (model, key) => acts.move(model, ...directions[key]!),
  },
  {
    ...usualKeys.theme,
    unhinted: true,
    act: (model) => {
      const look = nextLook(model.look);
      return quiet({ ...model, look, notice: describeLook(look), tone: 'good' });
    },
  },
  {
    ...usualKeys.postcard,
    act: (model) => ({ model, effects: [{ type: 'postcard' }] }),
  },
  {
    ...usualKeys.help,
    act: (model) => quiet({ ...model, help: true }),
  },
  {
    id: 'leave',
    keys: ['q', 'ctrl+c'],
    shown: 'q',
    label: 'leave',
    help: 'Leave; a live sweep may go on.',
    essential: 'always',
    act: acts.askToLeave,
  },
  {
    ...usualKeys.suspend,
    act: (model) => ({ model, effects: [{ type: 'suspend' }] }),
  },
];
