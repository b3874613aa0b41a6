import { Parser } from 'yargs/helpers';
import {
  type CommonFlags,
  commonOptions,
  type OptionName,
  type OwnOptions,
  optionNamed,
  optionTable,
} from '../options/table.ts';
import type { Command, Group } from './command.ts';
import {
  dashed,
  lacksArgument,
  lacksCommand,
  lacksOption,
  lacksValue,
  notAmongChoices,
  notANumber,
  notTogether,
  repeated,
  unknownOption,
  unknownWord,
} from './complaints.ts';

/** A command line that was understood. */
export interface CommandLine {
  /** As far as it names one. */
  readonly command: Command | Group;
  /** From the name of the program on. */
  readonly path: readonly string[];
  readonly values: Readonly<Record<string, unknown>> & CommonFlags;
}

/** An option as it stands on a command line. */
interface Given {
  /** Undefined where no command has such an option. */
  readonly name: OptionName | undefined;
  /** Up to the equals sign. */
  readonly word: string;
  /** Undefined where it stands alone. */
  readonly value: string | undefined;
}

/** @throws UserError for what the commands do not know or what is left out, unless help is asked for */
export function parse(words: readonly string[], program: Group): CommandLine {
  const { given, plain } = read(words);
  const isAsked = (name: OptionName) => given.some((one) => one.name === name);
  const helps = isAsked('help') || plain.at(-1) === 'help';
  if (plain.at(-1) === 'help') plain.pop();
  let command: Command | Group = program;
  const path = [program.name];
  while ('commands' in command) {
    const next: Command | Group | undefined = command.commands.find(({ name }) => name === plain[0]);
    if (!next) break;
    command = next;
    path.push(plain.shift()!);
  }
  // A word that names none of its commands may be what a group takes itself.
  if ('commands' in command && command.otherwise?.arguments && !helps) command = command.otherwise;
  const common = { ...optionValues(commonOptions, given, path), help: helps } as CommonFlags;
  if (helps || common.version) return { command, path, values: common };
  const own = 'commands' in command ? {} : command.options;
  const options: OwnOptions = { ...commonOptions, ...own };
  for (const one of given) {
    if (one.name === undefined || !(one.name in options)) throw unknownOption(one.word, Object.keys(options), path);
    requireValue(one.name, one);
  }
  for (const [i, { name }] of given.entries()) {
    const { kind } = optionNamed(name!);
    const isFirst = given.findIndex((other) => other.name === name) === i;
    if (kind !== 'list' && kind !== 'switch' && !isFirst) throw repeated(name!);
  }
  if ('commands' in command) {
    if (plain[0] !== undefined) throw unknownWord(plain[0], command.commands, path);
    if (!command.otherwise) throw lacksCommand(command.commands, path);
    command = command.otherwise;
  }
  const values: CommandLine['values'] = {
    ...common,
    ...argumentValues(command, plain, path),
    ...optionValues(command.options ?? {}, given, path),
  };
  // What is printed has one form.
  if (values['json'] && values['csv']) throw notTogether('json', 'csv');
  command.check?.(values);
  return { command, path, values };
}

const names = Object.keys(optionTable) as OptionName[];
const isSwitch = (name: OptionName): boolean => optionNamed(name).kind === 'switch';
const looksLikeOption = (word: string): boolean => /^-[^\d.]/.test(word);

/** Values stay the words that they are: what they mean depends on the command. */
const reading: Parameters<typeof Parser>[1] = {
  alias: { ...Object.fromEntries(names.map((name) => [name, [dashed(name)]])), help: ['h'] },
  boolean: names.filter(isSwitch),
  string: names.filter((name) => !isSwitch(name)),
  configuration: {
    'camel-case-expansion': false,
    'dot-notation': false,
    'greedy-arrays': false,
    'parse-positional-numbers': false,
    'populate--': true,
    'short-option-groups': false,
    'strip-aliased': true,
    'unknown-options-as-args': true,
  },
};

/** Parts the options, with their values, from the words that stand alone. */
function read(words: readonly string[]): { given: Given[]; plain: string[] } {
  const { _: others, '--': after = [], ...found } = Parser(attached(words), reading);
  const alone = others.map(String);
  const strange = Object.keys(found).filter((key) => !Object.hasOwn(optionTable, key));
  const unknown = [...alone.filter(looksLikeOption), ...strange.map((key) => `--${key}`)];
  const known = names.flatMap((name) => [found[name] ?? []].flat().map((value: unknown) => givenAs(name, value)));
  const given = [
    ...unknown.map((word) => ({ name: undefined, word: word.replace(/=.*/s, ''), value: undefined })),
    ...known,
  ];
  // In the order in which they stand: the first that is wrong is said.
  const place = ({ word }: Given): number => words.findIndex((one) => one.replace(/=.*/s, '') === word);
  return {
    given: given.sort((one, other) => place(one) - place(other)),
    plain: [...alone.filter((word) => !looksLikeOption(word)), ...(after as string[])],
  };
}

/** An option with what was read for it: false also stands for `--no-<name>`, which only switches have. */
function givenAs(name: OptionName, value: unknown): Given {
  if (value === false && !isSwitch(name)) return { name: undefined, word: `--no-${dashed(name)}`, value: undefined };
  return { name, word: `--${dashed(name)}`, value: String(value) };
}

/** Values that begin with a dash, where an option takes such, as `--mask -L0H3` does, go with the option. */
function attached(words: readonly string[]): string[] {
  const joined: string[] = [];
  const end = words.includes('--') ? words.indexOf('--') : words.length;
  for (let i = 0; i < end; i++) {
    const [word, next] = [words[i]!, words[i + 1]];
    const [, flag = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const name = names.find((one) => one === flag || dashed(one) === flag);
    const option = name && optionNamed(name);
    if (option?.kind === 'switch' && value !== undefined && !/^(true|false)$/.test(value)) {
      throw notAmongChoices(name!, value, ['true', 'false']);
    }
    const mayDash = option && 'example' in option && looksLikeOption(option.example);
    const takesNext = mayDash && value === undefined && next && looksLikeOption(next) && !next.startsWith('--');
    joined.push(takesNext ? `${word}=${words[++i]}` : word);
  }
  return [...joined, ...words.slice(end)];
}

function requireValue(name: OptionName, { value }: Given): void {
  const option = optionNamed(name);
  if (option.kind === 'switch') return;
  if (!value) throw lacksValue(name);
  else if (option.kind === 'choice' && !option.choices.includes(value)) {
    throw notAmongChoices(name, value, option.choices);
  } else if (option.kind === 'number' && Number.isNaN(Number(value))) throw notANumber(name, value);
}

function argumentValues(command: Command, plain: readonly string[], path: readonly string[]): Record<string, unknown> {
  const left = [...plain];
  const values = Object.entries(command.arguments ?? {}).map(([name, { kind, default: preset }]) => {
    if (left.length === 0 && (kind === 'required' || kind === 'some')) throw lacksArgument(command, path);
    return [name, kind === 'some' || kind === 'many' ? left.splice(0) : (left.shift() ?? preset)];
  });
  if (left[0] !== undefined) throw unknownWord(left[0], [], path);
  return Object.fromEntries(values);
}

function optionValues(options: OwnOptions, given: readonly Given[], path: readonly string[]): Record<string, unknown> {
  const values = (Object.keys(options) as OptionName[]).map((name) => {
    const option = optionNamed(name);
    const texts = given.filter((one) => one.name === name).map(({ value }) => value);
    if (option.kind === 'list') return [name, texts];
    if ('required' in option && texts.length === 0) throw lacksOption(name, path);
    if (texts.length === 0) return [name, 'default' in option ? option.default : undefined];
    const text = texts.at(-1);
    if (option.kind === 'switch') return [name, text !== 'false'];
    return [name, option.kind === 'number' ? Number(text) : text];
  });
  return Object.fromEntries(values);
}
