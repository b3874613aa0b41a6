import { thousands } from '../../core/format.ts';
import type { KeyBinding } from '../screen/key_binding.ts';
import { usualKeys } from '../screen/usual_keys.ts';
import * as acts from './acts.ts';
import type { HomeModel, HomeStep } from './model.ts';
import { selectedRun } from './model.ts';

const onAny = (model: HomeModel): true | string => selectedRun(model) !== undefined || 'select a run first';
const onRun = (model: HomeModel): true | string =>
  selectedRun(model)?.sweep ? 'this is a sweep; enter opens it, and its runs from there' : onAny(model);

/** Every key of the home screen while nothing is typed. */
export const homeKeys: readonly KeyBinding<HomeModel, HomeStep>[] = [
  {
    id: 'open',
    keys: ['enter'],
    shown: 'enter',
    label: 'open',
    labelNow: (model) => {
      const run = selectedRun(model);
      if (run) return run.sweep ? 'open' : run.live ? 'watch' : 'replay';
      return model.list === 'recipes' ? 'reproduce' : 'start';
    },
    help: 'Start a preset, make a figure, watch or play back a run or sweep.',
    essential: true,
    act: acts.open,
  },
  {
    id: 'replay',
    keys: ['r'],
    shown: 'r',
    label: 'replay',
    help: 'Play the run back from its start; a live one too.',
    enabled: onRun,
    act: acts.replay,
  },
  {
    id: 'resume',
    keys: ['R'],
    shown: 'R',
    label: 'resume',
    labelNow: (model) => {
      const steps = acts.stepsOnResume(selectedRun(model)!);
      return steps === undefined ? 'resume' : `resume to step ${thousands(steps)}`;
    },
    help: 'Go on from the last snapshot in a new run; twice as far if done.',
    enabled: (model) => {
      const able = onRun(model);
      return able !== true ? able : selectedRun(model)!.snapshots.length > 0 || 'the run has no snapshot';
    },
    act: acts.resume,
  },
  {
    id: 'mark',
    keys: ['space'],
    shown: 'space',
    label: 'mark',
    help: 'Mark the run for comparison, or take the mark away.',
    enabled: onRun,
    act: acts.mark,
  },
  {
    id: 'compare',
    keys: ['c'],
    shown: 'c',
    label: 'compare',
    help: 'Put the marked runs side by side.',
    enabled: ({ marked }) => {
      if (marked.length < 2) return 'mark two to six runs with space first';
      return marked.length <= 6 || 'at most six runs can be compared';
    },
    act: acts.compare,
  },
  {
    id: 'note',
    keys: ['n'],
    shown: 'n',
    label: 'note',
    help: 'Write a note on the run.',
    enabled: onAny,
    act: (model) => acts.begin(model, 'note'),
  },
  {
    id: 'tags',
    keys: ['#'],
    shown: '#',
    label: 'tags',
    help: 'Tag the run: words to search for.',
    enabled: onAny,
    act: (model) => acts.begin(model, 'tags'),
  },
  {
    id: 'search',
    keys: ['/'],
    shown: '/',
    label: 'search',
    help: 'Show only what has the words typed in its names, texts or tags.',
    act: (model) => acts.begin(model, 'search'),
  },
  {
    id: 'other_list',
    keys: ['tab', 'shift+tab'],
    shown: 'tab',
    label: 'next list',
    labelNow: (model) => acts.otherList(model, 1).model.list,
    help: 'The next list: presets, runs, recipes; shift+tab the one before.',
    essential: true,
    act: (model, key) => acts.otherList(model, key === 'tab' ? 1 : -1),
  },
  {
    id: 'rows',
    keys: ['up', 'down', 'k', 'j'],
    shown: '↑ ↓',
    label: 'rows',
    help: 'Go along the rows (also k j).',
    unhinted: true,
    act: (model, key) => acts.move(model, key === 'up' || key === 'k' ? -1 : 1),
  },
  {
    ...usualKeys.help,
    act: (model) => acts.quiet({ ...model, help: true }),
  },
  {
    id: 'clear',
    keys: ['esc'],
    shown: 'esc',
    label: 'clear',
    help: 'Take the search back.',
    unhinted: true,
    act: (model) => acts.quiet({ ...model, search: '' }),
  },
  {
    id: 'quit',
    keys: ['q', 'ctrl+c'],
    shown: 'q',
    label: 'quit',
    help: 'Leave; live runs go on.',
    essential: 'always',
    act: (model) => acts.choose(model, { type: 'quit' }),
  },
  {
    ...usualKeys.suspend,
    act: (model) => ({ model, effects: [{ type: 'suspend' }] }),
  },
];
