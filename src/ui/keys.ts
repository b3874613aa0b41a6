import { askToLeave, closeOverlay, leaveChoices, selectChoice, takeChoice } from './leaving.ts';
import * as lines from './lines.ts';
import * as look from './looking.ts';
import type { Model, Overlay, Step } from './model.ts';
import { still } from './model.ts';
import * as steer from './steering.ts';
import { pagesBack } from './steps_window.ts';

/** A key, in every place where keys are acted on, hinted at, explained or listed. */
export interface KeyBinding {
  readonly id: string;
  /** Names as `keyNames` gives them. */
  readonly keys: readonly string[];
  /** How the screen writes them. */
  readonly shown: string;
  /** A word or two for the hint line. */
  readonly label: string;
  /** The word for what it would do now, where that changes. */
  readonly labelNow?: (model: Model) => string;
  readonly help: string;
  /** What has to lie over the panels for it to act: nothing unless said. */
  readonly over?: Exclude<Overlay['type'], 'none'>;
  /** The panels in which it acts: all unless said. */
  readonly panels?: readonly string[];
  /** Hinted at even where room is scarce. */
  readonly essential?: boolean;
  /** Left out of the hint line, which is short. */
  readonly unhinted?: boolean;
  /** True, or why it cannot act now. */
  enabled(model: Model): true | string;
  act(model: Model, key: string): Step;
}

const always = (): true => true;
const arrows = ['left', 'right', 'up', 'down', 'h', 'l', 'k', 'j'];

const steering: readonly KeyBinding[] = [
  {
    id: 'pause',
    keys: ['space'],
    shown: 'space',
    label: 'pause',
    labelNow: (model) => (steer.isPaused(model) ? 'resume' : 'pause'),
    help: 'Pause the run, or go on.',
    enabled: steer.steerable,
    act: steer.pauseOrResume,
  },
  {
    id: 'step',
    keys: ['.'],
    shown: '.',
    label: 'one step',
    help: 'Do one optimizer step, then pause.',
    enabled: steer.steerable,
    act: steer.oneStep,
  },
  {
    id: 'run_to',
    keys: ['N'],
    shown: 'N',
    label: 'run to',
    help: 'Run to a step that you type, then pause.',
    enabled: steer.steerable,
    act: (model) => lines.open(model, 'run_to'),
  },
  {
    id: 'slower',
    keys: ['{', '['],
    shown: '{',
    label: 'slower',
    help: 'Halve the pace: a cap on the steps a second, for slow motion.',
    enabled: (model) => {
      const steerable = steer.steerable(model);
      if (steerable !== true) return steerable;
      return steer.wantedPace(model) > 0 || (model.live?.stepsPerSecond ?? 0) > 0 || 'no speed has been measured yet';
    },
    act: steer.slower,
  },
  {
    id: 'faster',
    keys: ['}', ']'],
    shown: '}',
    label: 'faster',
    help: 'Double the pace, in the end without a cap.',
    enabled: (model) => {
      const steerable = steer.steerable(model);
      if (steerable !== true) return steerable;
      return steer.wantedPace(model) > 0 || 'the run has no cap on its pace';
    },
    act: steer.faster,
  },
  {
    id: 'snapshot',
    keys: ['s'],
    shown: 's',
    label: 'snapshot',
    help: 'Save a snapshot now.',
    enabled: steer.steerable,
    act: steer.snapshot,
  },
];

const looking: readonly KeyBinding[] = [
  {
    id: 'focus_next',
    keys: ['tab'],
    shown: 'tab',
    label: 'focus',
    help: 'Go to the next panel; one that is hidden comes into view.',
    essential: true,
    enabled: always,
    act: (model) => look.focusNext(model, 1),
  },
  {
    id: 'focus_previous',
    keys: ['shift+tab'],
    shown: 'shift+tab',
    label: 'focus back',
    help: 'Go to the panel before.',
    unhinted: true,
    enabled: always,
    act: (model) => look.focusNext(model, -1),
  },
  {
    id: 'move_head',
    keys: arrows,
    shown: '← ↓ ↑ →',
    label: 'select',
    help: 'Select a head (also h j k l).',
    panels: ['heads'],
    enabled: always,
    act: look.moveHead,
  },
  {
    id: 'move_cell',
    keys: arrows,
    shown: '← ↓ ↑ →',
    label: 'cell',
    help: 'Move the cursor in the pattern (also h j k l).',
    panels: ['head'],
    enabled: (model) => model.probe !== undefined || 'no attention pattern has come yet',
    act: look.moveCell,
  },
  {
    id: 'pan',
    keys: ['left', 'right', 'h', 'l'],
    shown: '← →',
    label: 'pan',
    help: 'Go back and forth along the steps, once zoomed in (also h l).',
    panels: ['curves'],
    enabled: (model) => pagesBack(model) > 0 || 'all steps are in view; + zooms in',
    act: look.panCurves,
  },
  {
    id: 'zoom_in',
    keys: ['enter'],
    shown: '↵',
    label: 'enlarge',
    help: 'From the heads to the selected one; any other panel fills the screen.',
    essential: true,
    enabled: (model) =>
      model.view.zoomed !== model.view.focus || model.view.focus === 'heads' || 'it fills the screen already',
    act: look.zoomIn,
  },
  {
    id: 'out',
    keys: ['esc'],
    shown: 'esc',
    label: 'out',
    help: 'One level out. Never quits.',
    unhinted: true,
    enabled: look.canGoOut,
    act: look.oneLevelOut,
  },
  {
    id: 'log_y',
    keys: ['y'],
    shown: 'y',
    label: 'log y',
    help: 'Logarithmic or linear values.',
    panels: ['curves'],
    enabled: always,
    act: (model) => look.toggle(model, 'logY'),
  },
  {
    id: 'log_x',
    keys: ['X'],
    shown: 'X',
    label: 'log x',
    help: 'Logarithmic or linear steps.',
    panels: ['curves'],
    enabled: always,
    act: (model) => look.toggle(model, 'logX'),
  },
  {
    id: 'smooth',
    keys: ['e'],
    shown: 'e',
    label: 'smooth',
    help: 'Smooth the training curve: not, 0.9, 0.98. The raw one stays faint behind it.',
    panels: ['curves'],
    enabled: always,
    act: look.nextSmoothing,
  },
  {
    id: 'closer',
    keys: ['+', '='],
    shown: '+',
    label: 'zoom',
    help: 'Show half as many steps.',
    panels: ['curves'],
    enabled: (model) => !model.view.logX || 'zoom needs linear steps; X switches',
    act: (model) => look.zoomCurves(model, 1),
  },
  {
    id: 'wider',
    keys: ['-'],
    shown: '-',
    label: 'zoom out',
    help: 'Show twice as many steps.',
    panels: ['curves'],
    unhinted: true,
    enabled: (model) => model.view.zoom.level > 0 || 'all steps are in view',
    act: (model) => look.zoomCurves(model, -1),
  },
  {
    id: 'whole',
    keys: ['0'],
    shown: '0',
    label: 'reset',
    help: 'Show all steps.',
    panels: ['curves'],
    unhinted: true,
    enabled: (model) => model.view.zoom.level > 0 || 'all steps are in view',
    act: look.resetCurves,
  },
  {
    id: 'theme',
    keys: ['t'],
    shown: 't',
    label: 'theme',
    help: 'Next theme and colour map.',
    unhinted: true,
    enabled: always,
    act: look.nextLook,
  },
];

const leaving: readonly KeyBinding[] = [
  {
    id: 'command',
    keys: [':'],
    shown: ':',
    label: 'command',
    help: 'Type a command: :lr 0.01, :pace 30, :run 500.',
    unhinted: true,
    enabled: always,
    act: (model) => lines.open(model, 'command'),
  },
  {
    id: 'help',
    keys: ['?'],
    shown: '?',
    label: 'help',
    help: 'All keys; type to search.',
    essential: true,
    enabled: always,
    act: (model) => still({ ...model, overlay: { type: 'help', filter: '', scroll: 0 } }),
  },
  {
    id: 'leave',
    keys: ['q', 'ctrl+c'],
    shown: 'q',
    label: 'leave',
    help: 'Leave: detach, stop and save, or stay (also ctrl+c). A finished run is left at once.',
    essential: true,
    enabled: always,
    act: askToLeave,
  },
  {
    id: 'suspend',
    keys: ['ctrl+z'],
    shown: 'ctrl+z',
    label: 'suspend',
    help: 'Back to the shell for a while; fg returns. The run goes on.',
    unhinted: true,
    enabled: always,
    act: (model) => ({ model, effects: [{ type: 'suspend' }] }),
  },
];

const inMenu: readonly KeyBinding[] = [
  ...leaveChoices.map(
    ({ key, title, act }): KeyBinding => ({
      id: `leave_${title.split(' ')[0]}`,
      keys: key === 's' ? ['s', 'ctrl+c'] : key === 'c' ? ['c', 'esc'] : [key],
      shown: key,
      label: title,
      help: { d: 'Detach: the run goes on.', s: 'Stop and save (also ctrl+c).', c: 'Stay (also esc).' }[key],
      over: 'leave',
      enabled: always,
      act,
    }),
  ),
  {
    id: 'choice_next',
    keys: ['down', 'j', 'tab'],
    shown: '↓',
    label: 'next',
    help: 'Next choice.',
    over: 'leave',
    enabled: always,
    act: (model) => selectChoice(model, 1),
  },
  {
    id: 'choice_previous',
    keys: ['up', 'k', 'shift+tab'],
    shown: '↑',
    label: 'previous',
    help: 'Choice before.',
    over: 'leave',
    enabled: always,
    act: (model) => selectChoice(model, -1),
  },
  {
    id: 'choice_take',
    keys: ['enter'],
    shown: '↵',
    label: 'choose',
    help: 'Take the selected choice.',
    over: 'leave',
    enabled: always,
    act: takeChoice,
  },
];

const inHelp: readonly KeyBinding[] = [
  {
    id: 'help_close',
    keys: ['esc', 'enter', 'ctrl+c'],
    shown: 'esc',
    label: 'close',
    help: 'Close the help.',
    over: 'help',
    enabled: always,
    act: closeOverlay,
  },
  {
    id: 'help_scroll',
    keys: ['up', 'down'],
    shown: '↑ ↓',
    label: 'scroll',
    help: 'Scroll the help.',
    over: 'help',
    enabled: always,
    act: lines.scrollHelp,
  },
];

const inLine: readonly KeyBinding[] = [
  {
    id: 'line_take',
    keys: ['enter'],
    shown: '↵',
    label: 'do it',
    help: 'Carry out the line.',
    over: 'line',
    enabled: always,
    act: lines.take,
  },
  {
    id: 'line_close',
    keys: ['esc', 'ctrl+c'],
    shown: 'esc',
    label: 'cancel',
    help: 'Close the line.',
    over: 'line',
    enabled: always,
    act: closeOverlay,
  },
  {
    id: 'line_complete',
    keys: ['tab'],
    shown: 'tab',
    label: 'complete',
    help: 'Finish the name of a command.',
    over: 'line',
    enabled: always,
    act: lines.completeName,
  },
];

/** Typing, in the overlays that take text. */
const typing: readonly KeyBinding[] = (['help', 'line'] as const).flatMap((over) => [
  {
    id: `${over}_erase`,
    keys: ['backspace'],
    shown: 'backspace',
    label: 'erase',
    help: 'Erase a character.',
    over,
    unhinted: true,
    enabled: always,
    act: lines.erase,
  },
]);

/** Every key there is. */
export const keyTable: readonly KeyBinding[] = [
  ...steering,
  ...looking,
  ...leaving,
  ...inMenu,
  ...inHelp,
  ...inLine,
  ...typing,
];

/** The binding that a key has where the model is now. */
export function bindingOf(model: Model, key: string): KeyBinding | undefined {
  return keysHere(model).find((binding) => binding.keys.includes(key));
}

/** The bindings that apply where the model is now, those of the focused panel first. */
export function keysHere(model: Model): readonly KeyBinding[] {
  const here = keyTable.filter(
    (binding) =>
      (binding.over ?? 'none') === model.overlay.type &&
      (binding.panels === undefined || binding.panels.includes(model.view.focus)),
  );
  return [...here.filter((binding) => binding.panels), ...here.filter((binding) => !binding.panels)];
}

/** The table of keys of the README. */
export function keysAsMarkdown(): string {
  const rows = keyTable
    .filter((binding) => binding.over === undefined)
    .map(({ shown, help, panels }) => `| \`${shown}\` | ${help}${panels ? ` (${panels.join(', ')})` : ''} |`);
  return ['| key | does |', '| --- | --- |', ...rows].join('\n');
}
