import { controls, type Effect } from '../../protocol/controls.ts';
import { scoreNames } from '../../pruning/names.ts';
import type { Model, Step } from '../state/model.ts';
import { still, withNotice, withView } from '../state/model.ts';
import { promptCount, withPrompt } from '../state/probe.ts';
import { prune, setScope } from '../state/pruning.ts';
import { runTo, setControl, snapshot, steerable, stopAndSave } from '../state/steering.ts';

interface Command {
  readonly name: string;
  /** What follows the name, and what it does. */
  readonly argument: string;
  readonly help: string;
  /** Whether the trainer has to be there. */
  readonly steers: boolean;
  /** A text says what is wrong with the argument. */
  run(model: Model, argument: string): Step | string;
}

const effects: Readonly<Record<Effect, string>> = {
  now: 'at once',
  'next step': 'from the next step',
  'new run': 'in a new run',
};

/** What can be typed after `:`. */
export const commands: readonly Command[] = [
  ...controls.map(
    (control): Command => ({
      name: control.name,
      argument: 'VALUE',
      help: `${control.title}, in force ${effects[control.effect]}`,
      steers: true,
      run: (model, text) => {
        const value = readValue(text);
        return value === undefined ? `expected ${control.expected}` : setControl(model, control, value);
      },
    }),
  ),
  {
    name: 'mask',
    argument: 'EDITS',
    help: 'prune and restore parts: :mask -L0H3,+L0N4-9',
    steers: true,
    run: (model, text) => prune(model, text),
  },
  {
    name: 'scope',
    argument: 'probe|clamp',
    help: 'who sees what is pruned: evaluation only, or training too',
    steers: true,
    run: (model, text) => (text === 'probe' || text === 'clamp' ? setScope(model, text) : 'expected probe or clamp'),
  },
  {
    name: 'score',
    argument: scoreNames.join('|'),
    help: 'what ranks parts for < and >',
    steers: false,
    run: (model, text) => {
      const score = scoreNames.find((name) => name === text);
      return score ? still(withView(model, { score })) : `expected ${scoreNames.join(', ')}`;
    },
  },
  {
    name: 'run',
    argument: 'STEP',
    help: 'run to a step, then pause',
    steers: true,
    run: (model, text) =>
      numeric(
        text,
        (step) => Number.isSafeInteger(step) && step > model.run.step,
        laterStep(model),
        (step) => runTo(model, step),
      ),
  },
  { name: 'snapshot', argument: '', help: 'save now', steers: true, run: (model) => snapshot(model) },
  {
    name: 'smooth',
    argument: 'WEIGHT',
    help: 'smooth the training curve; 0 is raw',
    steers: false,
    run: (model, text) =>
      numeric(
        text,
        (value) => value >= 0 && value < 1,
        'a weight from 0 to below 1, as in :smooth 0.9',
        (smoothing) => still(withView(model, { smoothing })),
      ),
  },
  {
    name: 'probe',
    argument: 'NUMBER',
    help: 'show that probe prompt, counted from 1',
    steers: false,
    run: (model, text) =>
      numeric(
        text,
        (number) => Number.isInteger(number) && number >= 1 && number <= promptCount(model),
        `1 to ${promptCount(model)}, the number of a probe prompt`,
        (number) => still(withPrompt(model, number - 1)),
      ),
  },
  { name: 'stop', argument: '', help: 'stop and save', steers: true, run: (model) => stopAndSave(model) },
];

/** What the step prompt expects. */
export function laterStep(model: Model): string {
  return `a step after ${model.run.step}`;
}

/** Carries out a command line, or says what is wrong with it. */
export function carryOut(model: Model, line: string): Step {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  if (name === '') return still(model);
  const command = commands.find((entry) => entry.name === name);
  if (!command) {
    const names = commands.map((entry) => entry.name).join(', ');
    return still(withNotice(model, `:${name} is no command; there are ${names}`, 'alert'));
  }
  const allowed = command.steers ? steerable(model) : true;
  if (allowed !== true) return still(withNotice(model, `:${name}: ${allowed}`, 'alert'));
  const outcome = command.run(model, rest.join(' '));
  return typeof outcome === 'string' ? still(withNotice(model, `:${name}: ${outcome}`, 'alert')) : outcome;
}

/** The line with the command's name finished as far as it is certain. */
export function complete(line: string): string {
  if (line.includes(' ')) return line;
  const matching = commands.filter(({ name }) => name.startsWith(line));
  if (matching.length === 1) return `${matching[0]!.name}${matching[0]!.argument ? ' ' : ''}`;
  return matching.length === 0 ? line : commonStart(matching.map(({ name }) => name));
}

function commonStart(names: readonly string[]): string {
  const [first = '', ...others] = names;
  let length = first.length;
  while (!others.every((name) => name.startsWith(first.slice(0, length)))) length -= 1;
  return first.slice(0, length);
}

/** A number as people write it, with spaces between thousands, or a list of numbers. */
function readValue(text: string): unknown {
  if (text === '') return undefined;
  const number = Number(text.replaceAll(/[\s_]/g, ''));
  if (Number.isFinite(number)) return number;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function numeric(
  text: string,
  fits: (value: number) => boolean,
  expected: string,
  act: (value: number) => Step,
): Step | string {
  const value = Number(text.replaceAll(/[\s_]/g, ''));
  return text !== '' && Number.isFinite(value) && fits(value) ? act(value) : `expected ${expected}`;
}
