import { describe, expect, it } from 'vitest';
import { program } from '../../src/cli/commands/program.ts';
import { optionTable } from '../../src/cli/options/table.ts';
import type { Command, Group } from '../../src/cli/parser/command.ts';
import { helpOf } from '../../src/cli/parser/help.ts';
import { parse } from '../../src/cli/parser/parse.ts';

const values = (...words: string[]) => parse(words, program).values;

describe('a command line', () => {
  it('gives a command its arguments and options, with what stands for those that are left out', () => {
    expect(values('eval', 'a', '--seed', '3', '--set', 'x=1', '--set=y=2', '--no-baselines', '--json')).toMatchObject({
      file: 'a',
      seed: 3,
      set: ['x=1', 'y=2'],
      baselines: false,
      json: true,
      csv: false,
      over: [],
      threads: undefined,
    });
  });

  it('takes options before the command, in camel case, and switches as words', () => {
    expect(parse(['--plugin', 'presets', 'snapshots', 'list'], program).path).toEqual(['incline', 'snapshots', 'list']);
    expect(values('train', '--inPlace')).toMatchObject({ inPlace: true });
    expect(values('presets', 'list', '--json', 'false')).toMatchObject({ json: false });
  });

  it('takes a value that begins with a dash where one may: a number, a mask, and any word after --', () => {
    expect(values('train', '--threads', '-1')).toMatchObject({ threads: -1 });
    expect(values('eval', 'a', '--mask', '-L0H3')).toMatchObject({ mask: '-L0H3' });
    expect(values('presets', 'show', '--', '--name')).toMatchObject({ preset: '--name' });
  });

  it('asks for help wherever the word stands, even beside what is wrong', () => {
    for (const words of [
      ['train', '--sed', '-h'],
      ['--help', 'train'],
      ['train', 'help'],
    ]) {
      expect(parse(words, program)).toMatchObject({ path: ['incline', 'train'], values: { help: true } });
    }
  });
});

it.each([
  ['list', 'did you mean snapshots list or presets list or config list?'],
  ['ls', 'did you mean snapshots list or presets list or config list?'],
  ['rename', 'did you mean snapshots rename?'],
  ['kill', 'did you mean stop?'],
  ['fork', 'did you mean train --resume?'],
  ['plot', 'did you mean compare --svg?'],
])('the command %s, which stands within others or under another name, is found', (word, hint) => {
  expect(() => parse([word], program)).toThrow(`unknown command or argument "${word}"; ${hint} see incline --help`);
});

/** Every command by its path. */
function leaves(one: Command | Group, path: readonly string[]): [readonly string[], Command][] {
  if (!('commands' in one)) return [[path, one]];
  const own: [readonly string[], Command][] = one.otherwise?.arguments ? [[path, one.otherwise]] : [];
  return [...own, ...one.commands.flatMap((each) => leaves(each, [...path, each.name]))];
}

it('every option belongs to a command, and its example is a value that it takes', () => {
  const commands = leaves(program, ['incline']);
  const used = new Set(commands.flatMap(([, { options = {} }]) => Object.keys(options)));
  const common = ['help', 'version', 'plugin', 'pluginPatience', 'pluginChanged'];
  expect([...used, ...common].sort()).toEqual(Object.keys(optionTable).sort());
  for (const option of Object.values(optionTable)) {
    if (option.kind === 'number') expect(Number(option.example)).not.toBeNaN();
  }
});

it.each([60, 80, 100])('help is no wider than the terminal: %s columns', (width) => {
  for (const [path, command] of leaves(program, ['incline'])) {
    for (const line of helpOf(command, path, width)) expect(line.length).toBeLessThanOrEqual(width);
  }
  expect(helpOf(program, ['incline'], width).every((line) => line.length <= width)).toBe(true);
});

it('every command that prints JSON or CSV refuses both in the same words', () => {
  const commands = leaves(program, []).filter(([, { options }]) => options?.json && options.csv);
  expect(commands.map(([path]) => path.join(' '))).toEqual(['sweep results', 'eval', 'compare', 'theory', 'prune']);
  for (const [path] of commands) {
    expect(() => values(...path, 'a', '--csv', '--json')).toThrow('--json and --csv do not go together; leave one out');
  }
});
