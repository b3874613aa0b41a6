import type { Argv } from 'yargs';
import { UserError } from '../core/errors.ts';
import { nearest, shortened } from '../presets/complaints.ts';

/** What the parser knows of the command that it is in; yargs has these without declaring them. */
interface Insight {
  getOptions(): {
    /** By the name of every option and its aliases, and of every positional argument. */
    readonly key: Readonly<Record<string, unknown>>;
    readonly alias: Readonly<Record<string, readonly string[]>>;
    readonly boolean: readonly string[];
    readonly choices: Readonly<Record<string, readonly string[]>>;
  };
  getInternalMethods(): {
    getContext(): { readonly commands: readonly string[]; readonly fullCommands: readonly string[] };
    getUsageInstance(): { getCommands(): readonly (readonly [usage: string, ...unknown[]])[] };
  };
}

const insight = (parser: Argv): Insight => parser as unknown as Insight;

/** A value for every option that takes one and has no fixed choice; messages show it. */
const examples: Readonly<Record<string, string>> = {
  compact: 'small.safetensors',
  curve: '0:0.4:0.05',
  dir: 'snapshots',
  draws: '10',
  fraction: '0.2',
  heads: 'L0H3,L1H0-2',
  mask: '-L0H3',
  metric: 'eval_loss',
  name: 'my-run',
  neurons: 'L0N1-9',
  out: 'model.onnx',
  over: 'task.noise=0.01,0.1,1',
  plugin: 'mine.mjs',
  png: 'picture.png',
  prompts: '1000',
  repeats: '10',
  resume: 'snapshots/RUN/step-00001000.safetensors',
  seed: '3',
  set: 'train.steps=500',
  step: '100',
  steps: '500',
  svg: 'picture.svg',
  threads: '2',
  wait: '1000',
};

/**
 * Looks at the words of a command line before the parser's own checks, whose messages quote the parser.
 * @throws UserError when an option that takes a value has none, or one that is not among its choices
 */
export function requireValues(parser: Argv, words: readonly string[]): void {
  const { key, alias, boolean, choices } = insight(parser).getOptions();
  const switches = new Set(boolean.flatMap((name) => [name, ...(alias[name] ?? [])]));
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  own.forEach((word, i) => {
    const [, name = '', attached] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (!Object.hasOwn(key, name) || switches.has(name)) return;
    const next = own[i + 1];
    const value = attached ?? (next !== undefined && /^-[^\d.]/.test(next) ? '' : next);
    const valid = choices[name];
    if (!value) {
      const example = valid?.[0] ?? examples[name];
      const fix = example?.startsWith('-') ? `--${name}=${example}` : `--${name} ${example}`;
      throw new UserError({ what: `--${name} needs a value`, fix: example && `e.g. ${fix}` });
    }
    if (valid && !valid.includes(value)) {
      throw new UserError({
        what: `--${name} is ${shortened(value)}`,
        expected: `one of ${valid.join(', ')}`,
        fix: nearest(value, valid) || undefined,
      });
    }
  });
}

/** What people type for a command of another name. */
const otherNames: Readonly<Record<string, string>> = {
  delete: 'remove',
  ls: 'list',
  mv: 'rename',
  rm: 'remove',
  check: 'verify',
  end: 'stop',
  kill: 'stop',
  resume: 'train --resume',
  run: 'train',
  start: 'train',
};

/** What the parser found wrong with a command line, in our words; a word that is close to a command is taken for one. */
export function usageError(parser: Argv, words: readonly string[], message: string): UserError {
  const { commands, fullCommands } = insight(parser).getInternalMethods().getContext();
  const help = `see ${['incline', ...commands, '--help'].join(' ')}`;
  if (message.startsWith('Not enough non-option arguments')) {
    return new UserError({
      what: `${commands.join(' ')} lacks an argument`,
      expected: usageOf(fullCommands),
      fix: help,
    });
  }
  const word = /^Unknown (?:arguments?|commands?): ([^\s,]+)/.exec(message)?.[1];
  if (word === undefined) return new UserError({ what: message, fix: help });
  const option = words.find((one) => one.startsWith('-') && bare(one) === word);
  return option === undefined ? unknownCommand(parser, word, help) : unknownOption(parser, option.split('=')[0]!, help);
}

function usageOf(fullCommands: readonly string[]): string {
  return `incline ${fullCommands.at(-1) ?? ''}`.trim();
}

/** The name in a word such as `--seed=3` or `--no-baselines`. */
function bare(option: string): string {
  return option.replace(/^--?(no-)?/, '').split('=')[0]!;
}

function unknownOption(parser: Argv, option: string, help: string): UserError {
  const { key } = insight(parser).getOptions();
  const name = bare(option);
  // Letters that were left out are likelier than wrong ones: of two that are as close, `sed` means `seed`, not `set`.
  const letters = new RegExp([...name].map((letter) => letter.replace(/\W/, '\\$&')).join('.*'));
  const known = Object.keys(key).filter((one) => one.length > 1);
  const sorted = [...known.filter((one) => letters.test(one)), ...known.filter((one) => !letters.test(one))];
  const near = nearest(name, sorted).replace('mean ', option.startsWith('--no-') ? 'mean --no-' : 'mean --');
  return new UserError({ what: `unknown option ${shortened(option)}`, fix: `${near} ${help}`.trim() });
}

function unknownCommand(parser: Argv, word: string, help: string): UserError {
  const methods = insight(parser).getInternalMethods();
  const names = methods
    .getUsageInstance()
    .getCommands()
    .map(([usage]) => usage.split(' ')[0]!);
  const other = Object.hasOwn(otherNames, word) ? otherNames[word]! : '';
  const near = names.includes(other.split(' ')[0]!) ? `did you mean ${other}?` : nearest(word, names);
  return new UserError({ what: `unknown command or argument "${shortened(word)}"`, fix: `${near} ${help}`.trim() });
}
