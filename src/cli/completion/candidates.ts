import { join } from 'node:path';
import { presetNames } from '../../presets/load.ts';
import { configPaths } from '../../presets/schema.ts';
import { recipeNames } from '../../reproduce/recipe/load.ts';
import { listSnapshots } from '../../snapshots/store.ts';
import { sampleFolder } from '../../store/library.ts';
import { isSweep, namesIn, sweepsIn } from '../../store/sweep_folder.ts';
import { commonOptions, type OptionName, type OwnOptions, optionNamed, optionTable } from '../options/table.ts';
import type { Argument, Command, Group } from '../parser/command.ts';
import { dashed } from '../parser/complaints.ts';
import { directoryOf } from '../preferences/directory.ts';
import { choicesOf, type PreferenceName, preferenceNames } from '../preferences/preferences.ts';
import { topicNames } from '../reference/topic_names.ts';
import { scripts } from './scripts.ts';

/** Names of one kind that a word may be, from what was typed of it. */
type Names = (typed: string, directory: string) => Promise<readonly string[]> | readonly string[];

const kinds = {
  preset: () => presetNames(),
  recipe: () => recipeNames(),
  sweep: (_, directory) => sweepsIn(directory).map((folder) => folder.slice(directory.length + 1)),
  run: runsAndSnapshots,
  preference: () => preferenceNames,
  topic: () => topicNames,
  plugin: () => ['task', 'model'],
  shell: () => Object.keys(scripts),
  key: () => configPaths().map((path) => `${path}=`),
  path: () => configPaths(),
} as const satisfies Readonly<Record<string, Names>>;

/** What the values of options are that have no choices of their own; others are files or the user's own words. */
const optionKinds: Partial<Record<OptionName, keyof typeof kinds>> = {
  set: 'key',
  grid: 'key',
  zip: 'key',
  over: 'key',
  rows: 'path',
  columns: 'path',
  group: 'path',
  resume: 'run',
  config: 'run',
};

/** The same of arguments, by the command's path and the argument's name. */
const argumentKinds: Readonly<Record<string, readonly (keyof typeof kinds)[]>> = {
  'plugin new kind': ['plugin'],
  'train preset': ['preset'],
  'theory source': ['preset', 'run'],
  'sweep source': ['preset'],
  'sweep results name': ['sweep'],
  'attach run': ['run'],
  'stop runs': ['run'],
  'replay run': ['run'],
  'compare runs': ['run'],
  'eval file': ['run'],
  'prune file': ['run'],
  'snapshots list run': ['run'],
  'snapshots show file': ['run'],
  'snapshots verify files': ['run'],
  'snapshots rename file': ['run'],
  'snapshots remove file': ['run'],
  'snapshots export file': ['run'],
  'presets show preset': ['preset'],
  'presets validate files': ['preset'],
  'reproduce recipes': ['recipe'],
  'config get name': ['preference'],
  'config set name': ['preference'],
  'config unset name': ['preference'],
  'help topic': ['topic'],
  'completion shell': ['shell'],
};

/**
 * What may stand in the place of the last word of a command line, sorted; none where that is a file, which shells know.
 * @param words after the program's name, the last as far as it is typed
 */
export async function candidates(words: readonly string[], program: Group): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { command, path, given } = commandIn(before, program);
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? [];
  const own = 'commands' in command ? command.otherwise : command;
  const options: OwnOptions = { ...commonOptions, ...own?.options };
  const takesValue = before.includes('--') ? undefined : valueOption(flag ?? before.at(-1), options);
  const directory = directoryOf(valueGiven('--dir', before));
  const all =
    flag !== undefined
      ? (await valuesOf(takesValue, value!, directory)).map((one) => `${flag}=${one}`)
      : takesValue !== undefined
        ? await valuesOf(takesValue, typed, directory)
        : typed.startsWith('-')
          ? Object.keys(options).map((name) => `--${dashed(name)}`)
          : [
              ...('commands' in command && given.length === 0 ? namesOf(command) : []),
              ...(own ? await argumentsOf(own, path, given, typed, directory) : []),
            ];
  return [...new Set(all)].filter((one) => one.startsWith(typed)).sort();
}

interface Found {
  readonly command: Command | Group;
  readonly path: readonly string[];
  /** Words that stand alone after it. */
  readonly given: readonly string[];
}

function commandIn(words: readonly string[], program: Group): Found {
  let command: Command | Group = program;
  const path: string[] = [];
  const given: string[] = [];
  for (const [i, word] of words.entries()) {
    const isValue = valueOption(words[i - 1], optionTable as unknown as OwnOptions) !== undefined;
    if (word.startsWith('-') || isValue) continue;
    const next: Command | Group | undefined =
      'commands' in command && given.length === 0 ? command.commands.find(({ name }) => name === word) : undefined;
    if (next) {
      command = next;
      path.push(word);
    } else given.push(word);
  }
  return { command, path, given };
}

const namesOf = ({ commands }: Group): string[] =>
  commands.flatMap(({ name, describe }) => (describe === undefined ? [] : [name]));

/** The option that a word names, if it takes a value. */
function valueOption(word: string | undefined, options: OwnOptions): OptionName | undefined {
  if (!word?.startsWith('--')) return undefined;
  const name = (Object.keys(options) as OptionName[]).find((one) => `--${dashed(one)}` === word);
  return name && optionNamed(name).kind !== 'switch' ? name : undefined;
}

function valueGiven(flag: string, words: readonly string[]): string | undefined {
  const joined = words.find((word) => word.startsWith(`${flag}=`));
  return joined?.slice(flag.length + 1) ?? (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
}

async function valuesOf(name: OptionName | undefined, typed: string, directory: string): Promise<readonly string[]> {
  if (name === undefined) return [];
  const option = optionNamed(name);
  if ('choices' in option) return option.choices;
  const kind = optionKinds[name];
  return kind ? kinds[kind](typed, directory) : [];
}

async function argumentsOf(
  { arguments: named = {} }: Command,
  path: readonly string[],
  given: readonly string[],
  typed: string,
  directory: string,
): Promise<readonly string[]> {
  const all: [string, Argument][] = Object.entries(named);
  const [name] = all[given.length] ?? all.findLast(([, { kind }]) => kind === 'many' || kind === 'some') ?? [];
  if (name === 'value' && path.join(' ') === 'config set') return choicesOf(given[0] as PreferenceName) ?? [];
  const those = argumentKinds[[...path, name].join(' ')] ?? [];
  return (await Promise.all(those.map((kind) => kinds[kind](typed, directory)))).flat();
}

/** Runs, with the samples; once one of them is typed up to its slash, its snapshots too. */
async function runsAndSnapshots(typed: string, directory: string): Promise<string[]> {
  const run = typed.slice(0, Math.max(0, typed.lastIndexOf('/')));
  const folders = [directory, sampleFolder];
  const names = folders.flatMap((folder) => namesIn(folder)).filter((name) => !/\.(md|mjs)$/.test(name));
  if (run === '' || !names.includes(run)) return names;
  const folder = namesIn(directory).includes(run) ? join(directory, run) : join(sampleFolder, run);
  const snapshots = isSweep(folder) ? [] : await listSnapshots(folder);
  return [...names, ...snapshots.map(({ file }) => `${run}/${file}`)];
}
