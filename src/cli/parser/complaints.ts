import { UserError } from '../../core/errors.ts';
import { shortened } from '../../core/format.ts';
import { nearest } from '../../core/nearest.ts';
import { type OptionName, optionNamed } from '../options/table.ts';
import { type Command, type Group, usageOf } from './command.ts';

/** `inPlace` as it stands on a command line, `in-place`. */
export const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const flagOf = (name: OptionName): string => `--${dashed(name)}`;

const seeHelp = (path: readonly string[]): string => `see ${path.join(' ')} --help`;

export function lacksValue(name: OptionName): UserError {
  const option = optionNamed(name);
  const example = 'choices' in option ? option.choices[0]! : 'example' in option ? option.example : 'true';
  const flag = flagOf(name);
  const fix = example.startsWith('-') ? `${flag}=${example}` : `${flag} ${example}`;
  return new UserError({ what: `${flag} needs a value`, fix: `e.g. ${fix}` });
}

export function notAmongChoices(name: OptionName, value: string, choices: readonly string[]): UserError {
  const fix = nearest(value, choices) || undefined;
  return new UserError({
    what: `${flagOf(name)} is ${shortened(value)}`,
    expected: `one of ${choices.join(', ')}`,
    fix,
  });
}

export function notANumber(name: OptionName, value: string): UserError {
  return new UserError({ what: `${flagOf(name)} is ${JSON.stringify(shortened(value))}`, expected: 'a number' });
}

export function repeated(name: OptionName): UserError {
  return new UserError({ what: `${flagOf(name)} may stand once`, fix: 'leave one out' });
}

export function notTogether(one: OptionName, other: OptionName): UserError {
  return new UserError({ what: `${flagOf(one)} and ${flagOf(other)} do not go together`, fix: 'leave one out' });
}

export function lacksOption(name: OptionName, path: readonly string[]): UserError {
  return new UserError({ what: `Missing required argument: ${dashed(name)}`, fix: seeHelp(path) });
}

export function lacksCommand(commands: Group['commands'], path: readonly string[]): UserError {
  const names = commands.map(({ name }) => name).join(', ');
  return new UserError({ what: `${path.slice(1).join(' ')} needs one of ${names}`, fix: seeHelp(path) });
}

export function lacksArgument(command: Command, path: readonly string[]): UserError {
  return new UserError({
    what: `${path.slice(1).join(' ')} lacks an argument`,
    expected: [...path.slice(0, -1), usageOf(command)].join(' '),
    fix: seeHelp(path),
  });
}

/** @param known names of the options that may stand there */
export function unknownOption(word: string, known: readonly string[], path: readonly string[]): UserError {
  const name = word.replace(/^--?(no-)?/, '');
  // Letters that were left out are likelier than wrong ones: of two that are as close, `sed` means `seed`, not `set`.
  const letters = new RegExp([...name].map((letter) => letter.replace(/\W/, '\\$&')).join('.*'));
  const names = known.map(dashed);
  const sorted = [...names.filter((one) => letters.test(one)), ...names.filter((one) => !letters.test(one))];
  const near = nearest(name, sorted, word.startsWith('--no-') ? '--no-' : '--');
  return new UserError({ what: `unknown option ${shortened(word)}`, fix: `${near} ${seeHelp(path)}`.trim() });
}

/** What people type for a command of another name. */
const otherNames: Readonly<Record<string, string>> = {
  delete: 'remove',
  ls: 'list',
  mv: 'rename',
  plot: 'compare --svg',
  rm: 'remove',
  check: 'verify',
  end: 'stop',
  fork: 'train --resume',
  kill: 'stop',
  resume: 'train --resume',
  run: 'train',
  start: 'train',
};

/** @param commands that may stand there */
export function unknownWord(word: string, commands: Group['commands'], path: readonly string[]): UserError {
  const names = commands.map(({ name }) => name);
  const meant = Object.hasOwn(otherNames, word) ? otherNames[word]! : word;
  const within = commands.flatMap((one) =>
    'commands' in one && one.commands.some(({ name }) => name === meant) ? [`${one.name} ${meant}`] : [],
  );
  const likely = names.includes(meant.split(' ')[0]!) ? meant : within.join(' or ');
  const near = likely === '' ? nearest(word, names) : `did you mean ${likely}?`;
  const what = `unknown command or argument "${shortened(word)}"`;
  return new UserError({ what, fix: `${near} ${seeHelp(path)}`.trim() });
}
