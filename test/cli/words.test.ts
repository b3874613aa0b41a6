import { afterEach, expect, it, vi } from 'vitest';
import { runCli } from '../../src/cli/run.ts';

afterEach(() => vi.restoreAllMocks());

/** Runs a command line in this process, with what it printed. */
async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text;
    return true;
  });
  const code = await runCli(words);
  vi.restoreAllMocks();
  return { code, out, err };
}

const commands = [
  ['train'],
  ['compare', 'a', 'b'],
  ['eval', 'a'],
  ['prune', 'a'],
  ['replay', 'a'],
  ['theory'],
  ['presets', 'show', 'yang-tiny'],
  ['snapshots', 'list'],
  ['snapshots', 'export', 'a'],
  ['trainer', 'a'],
];

it.each(commands)('every option of "%s %s" that takes a value asks for it where it is left out', async (...given) => {
  const command = given.filter((word) => word !== undefined);
  const { out } = await run(...command, '--help');
  const options = out.split(/\n(?= +(?:-\w, )?--)/).slice(1);
  const names = options.filter((text) => !text.includes('[boolean]')).map((text) => /--([\w-]+)/.exec(text)![1]!);
  expect(names).toContain('plugin');
  for (const name of names) {
    for (const words of [[`--${name}`], [`--${name}`, '--json'], [`--${name}=`], [`--${name}`, '']]) {
      const { code, err } = await run(...command, ...words);
      expect({ code, err }).toEqual({
        code: 2,
        err: expect.stringContaining(`incline: --${name} needs a value; e.g. `),
      });
      expect(err).toMatch(new RegExp(`; e\\.g\\. --${name}[ =]\\S+\n$`));
    }
  }
});

it.each([
  [['train', '--device', 'gpu'], /^incline: --device is gpu; expected one of auto, cpu, .*; did you mean cpu\?\n$/],
  [
    ['snapshots', 'export', 'a', '--to=onxx'],
    /^incline: --to is onxx; expected one of onnx, .*; did you mean onnx\?\n$/,
  ],
  [['train', '--sed', '3'], /^incline: unknown option --sed; did you mean --seed\? see incline train --help\n$/],
  [['eval', 'a', '--no-baseline'], /^incline: unknown option --no-baseline; did you mean --no-baselines\? /],
  [['train', '-x', '3'], /^incline: unknown option -x; see incline train --help\n$/],
  [
    ['snapshots', 'rm', 'a'],
    /^incline: unknown command or argument "rm"; did you mean remove\? see incline snapshots --help\n$/,
  ],
  [['snapshots', 'lits'], /"lits"; did you mean list\?/],
  [['trian'], /"trian"; did you mean train\?/],
  [['train', '--seed', '1', '--seed', '2'], /^incline: --seed may stand once; leave one out\n$/],
  [['train', '--name=a', '--name', 'b'], /^incline: --name may stand once; leave one out\n$/],
  [['snapshots', 'export', 'a', '--to', 'csv', '--to', 'npz'], /^incline: --to may stand once; leave one out\n$/],
  [['train', '-xy'], /^incline: unknown option -xy; see incline train --help\n$/],
  [['train', '--set.x', '3'], /^incline: unknown option --set\.x; did you mean --set\? /],
  [['compare', 'a', 'b', '--json=maybe'], /^incline: --json is maybe; expected one of true, false\n$/],
  [['config'], /^incline: config needs one of list, get, set, unset; see incline config --help\n$/],
  [['snapshots', 'export', 'a'], /^incline: Missing required argument: to; see incline snapshots export --help\n$/],
  [
    ['snapshots', 'export'],
    /^incline: snapshots export lacks an argument; expected incline snapshots export <file>; see /,
  ],
  [['prune'], /^incline: prune lacks an argument; expected incline prune <file>; see incline prune --help\n$/],
])('%j is refused in one line that says what was meant', async (words, message) => {
  const { code, err } = await run(...words);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(message) });
});
