import { closeOverlay, leaveChoices, selectChoice, takeChoice } from './leaving.ts';
import * as lines from './lines.ts';
import type { RunKey } from './run_key.ts';

const menuKeys: readonly RunKey[] = [
  ...leaveChoices.map(
    ({ key, title, act }): RunKey => ({
      id: `leave_${title.split(' ')[0]}`,
      keys: key === 's' ? ['s', 'ctrl+c'] : key === 'c' ? ['c', 'esc'] : [key],
      shown: key,
      label: title,
      help: { d: 'Detach: the run goes on.', s: 'Stop and save (also ctrl+c).', c: 'Stay (also esc).' }[key],
      over: 'leave',
      act,
    }),
  ),
  {
    id: 'choice_next',
    keys: ['down', 'j', 'tab'],
    shown: '↓',
    label: 'next',
    help: 'Next choice.',
    unhinted: true,
    over: 'leave',
    act: (model) => selectChoice(model, 1),
  },
  {
    id: 'choice_previous',
    keys: ['up', 'k', 'shift+tab'],
    shown: '↑',
    label: 'previous',
    help: 'Choice before.',
    unhinted: true,
    over: 'leave',
    act: (model) => selectChoice(model, -1),
  },
  {
    id: 'choice_take',
    keys: ['enter'],
    shown: 'enter',
    label: 'choose',
    help: 'Take the selected choice.',
    over: 'leave',
    act: takeChoice,
  },
];

const helpKeys: readonly RunKey[] = [
  {
    id: 'help_close',
    keys: ['esc', 'enter', 'ctrl+c'],
    shown: 'esc',
    label: 'close',
    help: 'Close the help.',
    over: 'help',
    act: closeOverlay,
  },
  {
    id: 'help_scroll',
    keys: ['up', 'down'],
    shown: '↑↓',
    label: 'scroll',
    help: 'Scroll the help.',
    over: 'help',
    act: lines.scrollHelp,
  },
  {
    id: 'help_go',
    keys: [...'123456789', 'left', 'right', 'tab', 'shift+tab'],
    shown: '1–9',
    label: 'go to',
    help: 'Go to a section of the help (also ← →).',
    over: 'help',
    unhinted: ({ overlay }) => overlay.type === 'help' && overlay.filter !== '',
    act: lines.goInHelp,
  },
];

const lineKeys: readonly RunKey[] = [
  {
    id: 'line_take',
    keys: ['enter'],
    shown: 'enter',
    label: 'do it',
    help: 'Carry out the line.',
    over: 'line',
    act: lines.take,
  },
  {
    id: 'line_close',
    keys: ['esc', 'ctrl+c'],
    shown: 'esc',
    label: 'cancel',
    help: 'Close the line.',
    over: 'line',
    act: closeOverlay,
  },
  {
    id: 'line_complete',
    keys: ['tab'],
    shown: 'tab',
    label: 'complete',
    help: 'Finish the name of a command.',
    over: 'line',
    act: lines.completeName,
  },
];

/** Typing, in the overlays that take text. */
const typingKeys: readonly RunKey[] = (['help', 'line'] as const).flatMap((over) => [
  {
    id: `${over}_erase`,
    keys: ['backspace'],
    shown: 'backspace',
    label: 'erase',
    help: 'Erase a character.',
    over,
    unhinted: true,
    act: lines.erase,
  },
]);

/** Keys of what lies over the panels. */
export const overlayKeys: readonly RunKey[] = [...menuKeys, ...helpKeys, ...lineKeys, ...typingKeys];
