import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../cli/program.ts';
import { patience, pick } from '../common.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

/** What commands a terminal, in texts that a file may hold: clears, titles, C1, backspaces, turned text, links. */
const sequences = [
  ...['\u001b[2J', '\u001b]0;title\u0007', '\u001b[?1049h', '\u001b[31m', '\u009b2J', '\u0007', '\b\b\b', '\r'],
  ...['\u202e', '\u2066', '\u001b]8;;http://x\u001b\\', '\u001bc', '\u007f', '\u0000', '\u001bP+q\u001b\\', '\n'],
];

/** A run of a few steps, with a note, whose files every trial makes hostile anew. */
async function original(stage: Stage): Promise<string> {
  const name = stage.freshName();
  const made = await stage.run(...stage.headless(name, 60, '--set', 'snapshot.every=30'));
  assert.equal(made.status, 0, made.err);
  stage.hold(name);
  const folder = stage.runFolder(name);
  writeFileSync(join(folder, 'notes.json'), JSON.stringify({ v: 1, note: 'a note', tags: ['tag'] }));
  return folder;
}

/** Keys whose texts are shown, or may be. */
const texts = new Set(
  `run title description message note source started name version platform incline node why adapter created reason
  path file kind metric address`.split(/\s+/),
);

/** The value with an sequence in one or all of its texts. */
function poisoned(value: unknown, sequence: string, isChosen: (key: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => poisoned(one, sequence, isChosen));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (texts.has(key) && typeof inner === 'string' && isChosen(key)) return [key, `a${sequence}b${inner}`];
      return [key, poisoned(inner, sequence, isChosen)];
    }),
  );
}

function poisonSnapshot(file: string, sequence: string): void {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as { __metadata__: Record<string, string> };
  Reflect.deleteProperty(header.__metadata__, 'sha256');
  for (const [key, text] of Object.entries(header.__metadata__)) {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object') header.__metadata__[key] = JSON.stringify(poisoned(value, sequence, () => true));
    } catch {
      header.__metadata__[key] = `${text}${sequence}`;
    }
  }
  header.__metadata__[`key${sequence}`] = sequence;
  const text = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([start, text, bytes.subarray(8 + length)]));
}

/** Every command that shows what files of runs say, from within the folder that holds `run`. */
const commands: readonly (readonly string[])[] = [
  ['snapshots', 'list', '--dir', '.'],
  ['snapshots', 'show', 'run/hostile.safetensors'],
  ['snapshots', 'verify', 'run/hostile.safetensors'],
  ['compare', './run', './run', '--csv'],
  ['compare', './run', './run', '--json'],
  ['eval', 'run/hostile.safetensors'],
  [
    'train',
    '--resume',
    'run/hostile.safetensors',
    '--headless',
    '--steps',
    '70',
    '--threads',
    '1',
    '--dir',
    '.',
    '--name',
    'next',
  ],
  ['presets', 'show', './preset.json'],
  ['presets', 'validate', './preset.json'],
  ['replay', './run'],
];

export const hostileText: Fault = {
  name: 'escape-sequences',
  injected: 'escape sequences, C1, backspaces and turned text in names, titles, notes, alerts, engines, metadata, keys',
  expected: 'no command lets one through to the terminal or a pipe',
  async begin(stage) {
    const whole = await original(stage);
    const directory = stage.makeFolder('shown');
    return async (stream, number) => {
      const sequence = pick(stream, sequences);
      const isEverywhere = stream.integer(2) === 0;
      const isChosen = () => isEverywhere || stream.integer(3) === 0;
      makeHostile(whole, directory, (value) => poisoned(value, sequence, isChosen), sequence);
      const words = commands[number % commands.length]!;
      if (words[0] === 'replay') return replayed(stage, join(directory, 'run'), sequence);
      await stage.start(words, { cwd: directory }).ended;
    };
  },
};

/** Puts a copy of a run and a configuration with hostile texts into a folder. */
function makeHostile(whole: string, directory: string, poison: (value: unknown) => unknown, sequence: string): void {
  const folder = join(directory, 'run');
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  cpSync(whole, folder, { recursive: true });
  const ofJson = (text: string) => JSON.stringify(poison(JSON.parse(text)));
  for (const name of ['run.json', 'notes.json']) rewrite(join(folder, name), ofJson);
  rewrite(join(folder, 'journal.jsonl'), (text) =>
    text
      .trim()
      .split('\n')
      .map((line) => `${ofJson(line)}\n`)
      .join(''),
  );
  renameSync(join(folder, 'step-00000060.safetensors'), join(folder, 'hostile.safetensors'));
  poisonSnapshot(join(folder, 'hostile.safetensors'), sequence);
  const { config } = JSON.parse(readFileSync(join(whole, 'run.json'), 'utf8')) as { config: object };
  const hostile = { ...config, title: `t${sequence}`, description: `d${sequence}`, [`x${sequence}`]: 1 };
  writeFileSync(join(directory, 'preset.json'), JSON.stringify(hostile));
}

function rewrite(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

/** What a replay draws holds none of the hostile texts as they stand. */
async function replayed(stage: Stage, folder: string, sequence: string): Promise<void> {
  const screen = stage.shell(['replay', folder]);
  await screen.see(/replay|step|incline/, patience);
  screen.press('?');
  // A run whose journal is no longer one is refused in a line.
  await until(() => screen.hasEnded || screen.text.includes('esc'), patience);
  if (!screen.hasEnded) screen.press('\u001b\u001bqd');
  await screen.ended();
  assert(!screen.raw.includes(`a${sequence}b`), `the screen is sent ${JSON.stringify(sequence)}`);
}
