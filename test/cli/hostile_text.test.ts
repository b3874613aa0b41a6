import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { acting, actingOnScreens, hostileRun, poison, poisoned } from './hostile_run.ts';
import { sandbox } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
const preset = join(box.folder, 'hostile.json');
let run: Awaited<ReturnType<typeof hostileRun>>;
beforeAll(async () => {
  run = await hostileRun(box);
  const raw = JSON.parse(readFileSync(new URL('../../presets/yang-tiny.json', import.meta.url), 'utf8'));
  hostileSweep();
  writeFileSync(preset, JSON.stringify({ ...(poisoned(raw) as object), title: `t\n${poison}`, description: poison }));
}, 60_000);
afterAll(() => box.remove());

/** A sweep of a stranger, of two runs: one is there. */
function hostileSweep(): void {
  const folder = join(box.folder, 'snapshots', 'swept');
  const cells = ['x', 'y'].map((name) => {
    const settings = { [`task.${poison}`]: `${name}${poison}` };
    return { id: poison, run: name, settings, seed: 0, state: 'failed', reason: poison, config_sha256: poison };
  });
  const grid = { [`task.${poison}`]: [`x${poison}`, `y${poison}`] };
  const rest = { seeds: [0], settings: {}, steps: 40, config: {}, created: '', versions: {} };
  cpSync(run.folder, join(folder, 'x'), { recursive: true });
  writeFileSync(
    join(folder, 'sweep.json'),
    JSON.stringify({ v: 1, name: poison, preset: poison, grid, ...rest, cells }),
  );
}

/** Every command over what a stranger made, in every form that it prints. */
const walk = (): string[][] => [
  ['snapshots', 'list'],
  ['snapshots', 'list', '--json'],
  ['snapshots', 'show', run.file],
  ['snapshots', 'show', run.odd],
  ['snapshots', 'show', run.file, '--json'],
  ['snapshots', 'verify'],
  ['snapshots', 'verify', run.odd, join(run.folder, 'run.json')],
  ['snapshots', 'export', run.odd, '--to', 'csv', '--out', `${poison}.csv`],
  ['snapshots', 'remove', run.odd],
  ['snapshots', 'remove', run.folder],
  ['presets', 'list'],
  ['presets', 'show', preset],
  ['presets', 'show', preset, '--json'],
  ['presets', 'validate', preset, `${poison}.json`],
  ['compare', run.folder, run.odd],
  ['compare', run.folder, 'base', '--json'],
  ['compare', run.folder, 'base', '--csv'],
  ['compare', run.folder, 'base', '--svg', 'a.svg', '--png', 'a.png'],
  ['eval', run.odd, '--prompts', '20'],
  ['eval', run.odd, '--prompts', '20', '--json'],
  ['eval', run.odd, '--prompts', '20', '--over', 'task.noise=0.1,0.2'],
  ['prune', run.odd, '--prompts', '20', '--fraction', '0.2', '--compact', `${poison}.safetensors`],
  ['theory', preset],
  ['theory', preset, '--over', 'task.noise=0.1,1', '--metric', poison],
  ['train', preset, '--steps', '5', '--threads', '1'],
  ['train', '--resume', run.odd, '--steps', '45', '--threads', '1'],
  ['train', '--resume', run.odd, '--steps', '45', '--threads', '1', '--json', '--name', 'again'],
  ['train', '--resume', run.file, '--steps', '45', '--threads', '1', '--in-place'],
  ['train', 'yang-tiny', '--set', `${poison}=1`],
  ['train', 'yang-tiny', '--dir', join(run.file, poison)],
  ['train', 'yang-tiny', '--plugin', `${poison}.js`],
  ['train', poison],
  ['trainer', join(run.folder, poison)],
  ['replay', run.folder],
  ['replay', run.odd],
  ['attach', poison],
  ['stop', poison],
  ['sweep', preset, '--steps', '5', '--threads', '1', '--name', 'own'],
  ['sweep', preset, '--grid', `task.noise=${poison}`],
  ['sweep', 'yang-tiny', '--grid', `${poison}=1`, '--dry-run'],
  ['sweep', poison],
  ['sweep', 'results', 'swept'],
  ['sweep', 'results', 'swept', '--csv'],
  ['sweep', 'results', 'swept', '--json'],
  ['sweep', 'results', 'swept', '--markdown'],
  ['sweep', 'results', 'swept', '--latex'],
  ['sweep', 'results', 'swept', '--metric', poison],
  ['sweep', 'results', 'swept', '--svg', 'b.svg'],
  ['reproduce', poison],
  ['reproduce', preset],
  ['reproduce', '--verify', run.folder],
  ['config', 'get', poison],
  ['config', 'set', 'directory', poison],
  ['config', 'list'],
  ['config', 'unset', 'directory'],
  ['plugin', 'new', 'task', poison],
  ['plugin', 'new', poison, 'mine'],
  ['plugin', 'new', 'task', 'mine'],
  ['completion', 'bash'],
  ['completion', poison],
  ['complete', '--', 'replay', ''],
  ['complete', '--', 'train', '--resume', `${poison}/`],
  ['help', 'keys'],
  ['help', poison],
  [poison],
  // The last, as they change what the others read.
  ['snapshots', 'rename', run.odd, 'good'],
  ['snapshots', 'rename', join(run.folder, 'good.safetensors'), poison],
  ['snapshots', 'remove', join(run.folder, 'good.safetensors'), '--yes'],
];

it('no command lets what a stranger wrote act on the terminal', async () => {
  for (const words of walk()) {
    const { code, out, err } = await box.run(...words);
    const command = JSON.stringify(words);
    expect(out.match(acting)?.[0], `${command} wrote ${JSON.stringify(out)}`).toBeUndefined();
    expect(err.match(acting)?.[0], `${command} wrote ${JSON.stringify(err)}`).toBeUndefined();
    expect([0, 2], `${command} wrote ${err}`).toContain(code);
    if (words.includes('--json') && code === 0) {
      for (const line of out.trim().split('\n')) JSON.parse(line);
    }
  }
  expect(existsSync(join(box.folder, 'a.png'))).toBe(true);
  expect(readFileSync(join(box.folder, 'a.svg'), 'utf8')).not.toMatch(acting);
}, 480_000);

it('only what makes text harmless writes to a terminal', () => {
  const source = fileURLToPath(new URL('../../src', import.meta.url));
  const writing = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      /\.tsx?$/.test(file) &&
      /(stdout|stderr)\.write[.(][^'"]|console\./.test(readFileSync(join(source, file), 'utf8')),
  );
  // What plugins write goes out line by line; a trial of an engine answers its parent through a pipe; a session sends its own sequences only.
  expect(writing.sort()).toEqual([
    'cli/output/output.ts',
    'engine/onnx/trial.ts',
    'trainer/plugins/output.ts',
    'ui/terminal/session.ts',
  ]);
});

it('every command is among them', async () => {
  /** These read nothing that others wrote. */
  const apart = ['devices'];
  const listed = async (...words: string[]): Promise<string[]> => {
    const { out } = await box.run(...words, '--help');
    const start = ['incline', ...words].join(' ');
    const lines = out
      .split('\n')
      .flatMap((line) => (line.startsWith(`  ${start} `) ? [line.slice(start.length + 3)] : []));
    return lines.map((line) => line.split(' ')[0]!).filter((word) => /^[a-z]/.test(word));
  };
  const walked = (words: readonly string[]) => walk().some((one) => words.every((word, i) => one[i] === word));
  const commands = await listed();
  expect(commands.length).toBeGreaterThan(8);
  for (const command of commands.filter((one) => !apart.includes(one))) {
    expect(walked([command]), command).toBe(true);
    for (const inner of await listed(command)) expect(walked([command, inner]), `${command} ${inner}`).toBe(true);
  }
}, 60_000);

it('JSON says the same text in characters that do nothing', async () => {
  const { out } = await box.run('snapshots', 'show', run.file, '--json');
  expect(JSON.parse(out).config.title).toContain(poison);
});

it('replay, comparison and home show such texts, and send nothing that acts', async () => {
  for (const [words, pattern] of [
    [['replay', run.folder], /▶ replay/],
    [['compare', run.folder, 'base'], /settings|compare|base/],
    [[], /base/],
  ] as const) {
    const session = TerminalSession.open(box.folder, box.environment, words);
    try {
      await session.see(pattern);
      await session.see(/�/);
      for (const key of ['?', '\x1b', '\t', '\x1b[B', 'q']) {
        session.press(key);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      await session.exit();
      expect(JSON.stringify(session.raw.match(actingOnScreens)?.[0]), words.join(' ')).toBeUndefined();
      expect(session.raw.length).toBeGreaterThan(1000);
    } finally {
      session.kill();
    }
  }
}, 60_000);
