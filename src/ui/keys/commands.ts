import { nearest } from '../../core/nearest.ts';
import { judging } from '../../metrics/headline.ts';
import { type Control, controls, type Effect, pathIn, settingOf, valueText } from '../../protocol/controls.ts';
import { formatIntervention, interventionKinds, isGraft } from '../../protocol/interventions.ts';
import { scoreNames } from '../../pruning/names.ts';
import { pastInView } from '../state/in_view.ts';
import { chooseNamed } from '../state/intervening.ts';
import type { Model, Step } from '../state/model.ts';
import { still, withNotice, withView } from '../state/model.ts';
import { forkable } from '../state/past.ts';
import { selectedPart } from '../state/pattern.ts';
import { promptCount, withPrompt } from '../state/probe.ts';
import { prune, setScope } from '../state/pruning.ts';
import { actsNow, runTo, setControl, snapshot, steerable, stopAndSave } from '../state/steering.ts';

interface Command {
  readonly name: string;
  /** What follows the name, and what it does. */
  readonly argument: string;
  readonly help: string;
  /** What is in force of what it sets; undefined where the run has no such setting. */
  value?(model: Model): string | undefined;
  /** True, or why it cannot be carried out now: always unless said. */
  enabled?(model: Model): true | string;
  /** A text says what is wrong with the argument. */
  run(model: Model, argument: string): Step | string;
}

const effects: Readonly<Record<Effect, string>> = {
  now: 'at once',
  'next step': 'from the next step',
  'new run': 'in a new run',
};

/** Settings can be changed in a run that goes on, and for a new run from a past snapshot in view. */
const settable = (model: Model): true | string => {
  if (pastInView(model)) return true;
  return model.replay ? forkable(model) : steerable(model);
};

/** What can be typed after `:`. */
export const commands: readonly Command[] = [
  ...controls.map(
    (control): Command => ({
      name: control.name,
      argument: control.names ? 'NAME' : 'VALUE',
      help: `${control.title}${control.name === 'lr' ? ', the peak of its schedule' : ''}, ${effects[control.effect]}`,
      value: ({ run: { config } }) => {
        const path = config && pathIn(config, control);
        return path && valueText(settingOf(config, path));
      },
      enabled: settable,
      run: (model, text) => {
        if (control.names) return setNamed(model, control, text);
        const value = readValue(text);
        return value === undefined ? `expected ${control.expected}` : setControl(model, control, value);
      },
    }),
  ),
  {
    name: 'mask',
    argument: 'EDITS',
    help: 'prune, restore, intervene: :mask -L0H3,+L0N4-9,L0H1=mean*0.5',
    enabled: actsNow,
    run: (model, text) => prune(model, text),
  },
  {
    name: 'do',
    argument: 'KIND [STRENGTH]',
    help: `to the selected head: ${interventionKinds.map((kind) => (isGraft(kind) ? `${kind}@FILE` : kind)).join(', ')}`,
    enabled: actsNow,
    run: (model, text) => {
      const [, kind = '', amount] = /^(.*?)(?:\s+([\d.]+))?$/.exec(text) ?? [];
      if (kind === '') return `expected ${interventionKinds.join(', ')}`;
      return prune(model, `${selectedPart(model).name}=${kind}${amount === undefined ? '' : `*${amount}`}`);
    },
  },
  {
    name: 'kind',
    argument: 'KIND[*STRENGTH]',
    help: 'what x does to heads and the pruning panel measures',
    value: ({ view }) => formatIntervention(view.intervention),
    run: (model, text) => chooseNamed(model, text),
  },
  {
    name: 'scope',
    argument: 'probe|clamp',
    help: 'scope of pruning: evaluation only, or training too',
    value: ({ run }) => run.mask.scope,
    enabled: actsNow,
    run: (model, text) => (text === 'probe' || text === 'clamp' ? setScope(model, text) : 'expected probe or clamp'),
  },
  {
    name: 'score',
    argument: scoreNames.join('|'),
    help: 'score used by < and >',
    value: ({ view }) => view.score,
    run: (model, text) => {
      const score = scoreNames.find((name) => name === text);
      return score ? still(withView(model, { score })) : `expected ${scoreNames.join(', ')}`;
    },
  },
  {
    name: 'run',
    argument: 'STEP',
    help: 'run to a step, then pause',
    enabled: steerable,
    run: (model, text) =>
      numeric(
        text,
        (step) => Number.isSafeInteger(step) && step > model.run.step,
        laterStep(model),
        (step) => runTo(model, step),
      ),
  },
  { name: 'snapshot', argument: '', help: 'save now', enabled: steerable, run: (model) => snapshot(model) },
  {
    name: 'smooth',
    argument: 'WEIGHT',
    help: 'smooth the training curve; 0 is raw',
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
    run: (model, text) =>
      numeric(
        text,
        (number) => Number.isInteger(number) && number >= 1 && number <= promptCount(model),
        `1 to ${promptCount(model)}, the number of a probe prompt`,
        (number) => still(withPrompt(model, number - 1)),
      ),
  },
  { name: 'stop', argument: '', help: 'stop and save', run: (model) => stopAndSave(model) },
];

/** The commands that a line begins with, of those that this run has a setting for. */
export function begunBy(model: Model, line: string): readonly Command[] {
  const [name = ''] = line.split(' ');
  const isOffered = (command: Command) => !command.value || command.value(model) !== undefined;
  return commands.filter((command) => command.name.startsWith(name) && isOffered(command));
}

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
    const near = nearest(
      name,
      commands.map((entry) => entry.name),
    ).replace('mean ', 'mean :');
    return still(withNotice(model, `unknown command :${name}; ${near || ': alone shows all'}`, 'alert'));
  }
  const allowed = command.enabled?.(model) ?? true;
  if (allowed !== true) return still(withNotice(model, `:${name}: ${allowed}`, 'alert'));
  const outcome = command.run(model, rest.join(' '));
  return typeof outcome === 'string' ? still(withNotice(model, `:${name}: ${outcome}`, 'alert')) : outcome;
}

/** The line with the command's name, or that of a metric after it, finished as far as it is certain. */
export function complete(model: Model, line: string): string {
  const [name = '', begun, ...more] = line.split(' ');
  if (begun !== undefined) {
    const takes = controls.find((control) => control.name === name && control.names);
    const names = judging(model.run.metrics, Object.keys(model.run.estimates)).filter((metric) =>
      metric.startsWith(begun),
    );
    return takes && more.length === 0 && names.length > 0 ? `${name} ${commonStart(names)}` : line;
  }
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

/** Chooses among what the run measures; `usual` is what is measured unless something is asked for. */
function setNamed(model: Model, control: Control, text: string): Step | string {
  const names = judging(model.run.metrics, Object.keys(model.run.estimates));
  if (text === 'usual') return setControl(model, control, '');
  if (names.includes(text)) return setControl(model, control, text);
  const near = nearest(text, names);
  return `${near ? `${near} ` : ''}it takes usual, ${names.join(', ')}`;
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
