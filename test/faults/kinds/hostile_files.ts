import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RandomStream } from '../../../src/core/random.ts';
import { leaves } from '../../../src/core/record.ts';
import { loadPreset, presetNames } from '../../../src/presets/load.ts';
import { parseSetting, resolveConfig } from '../../../src/presets/resolve.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { type Damage, DamagedRun, isRefused } from '../../damage/damaged_run.ts';
import { mutateBytesOrJson } from '../../damage/mutations.ts';
import { pick } from '../common.ts';
import type { Fault } from '../fault.ts';

/** Memory that reading hostile files may hold in all, in bytes: a task as large as tasks may be, and as much again. */
const mostMemory = 2 ** 30;
/** Milliseconds of the processor that setting a task up may take that is as large as tasks may be. */
const longestSetUp = 30_000;
/** Files that one trial reads. */
const filesATrial = 4;

/** What must not change whatever is read: the names in a folder, and what every object inherits. */
class Surroundings {
  readonly #folders: readonly string[];
  readonly #names: string;
  readonly #memory = process.memoryUsage.rss();

  constructor(...folders: string[]) {
    this.#folders = folders;
    this.#names = this.#seen();
  }

  #seen(): string {
    const inherited = [Object.prototype, Array.prototype, Function.prototype].map((one) => Reflect.ownKeys(one).length);
    return JSON.stringify([this.#folders.map((folder) => readdirSync(folder).sort()), inherited]);
  }

  requireSame(what: string): void {
    assert.equal(this.#seen(), this.#names, `${what} changed its surroundings`);
    const grown = process.memoryUsage.rss() - this.#memory;
    assert(grown < mostMemory, `${what}: ${Math.round(grown / 2 ** 20)} MiB more are held`);
  }
}

let apart: string | undefined;

/** Nothing that is read in this process meets the user's own runs. */
function keepApart(): void {
  if (apart !== undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'if-'));
  apart = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'TMPDIR']) process.env[name] = folder;
}

function ofRun(name: string, what: string, damageOf: (run: DamagedRun) => Damage): Fault {
  return {
    name: `hostile-${name}`,
    injected: `${what} with bytes turned, cut, repeated, and values of every wrong type and size; ${filesATrial} a trial`,
    expected: 'refused in one line or used; bounded time and memory; nothing else changed',
    async begin(stage) {
      keepApart();
      const run = await DamagedRun.make();
      stage.atEnd(() => run.remove());
      const damage = damageOf(run);
      const whole = readFileSync(join(run.folder, damage.name));
      run.damage(damage.name, whole);
      for (const read of damage.readings) await read();
      const surroundings = new Surroundings(run.directory, run.folder, run.copy, stage.folder);
      return async (stream, number) => {
        for (let time = 0; time < filesATrial; time++) {
          run.damage(damage.name, damage.mutate(whole, stream));
          for (const read of damage.readings) await isRefused(read, `${damage.name}, seed ${number}`);
          surroundings.requireSame(damage.name);
        }
      };
    },
  };
}

/** Numbers, texts and shapes that a setting does not expect, and huge ones of the right type. */
const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(0, -0, -1, 0.5, 1e6, 1e9, 2 ** 31, 2 ** 53, 1e308, 5e-324),
  fc.integer({ min: 1, max: 100_000 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '\u001b[2J',
    '../../../etc/passwd',
    '__proto__',
    'constructor',
    'x'.repeat(5000),
    '\u202ex',
    '`id`',
    '$(id)',
  ),
);

/** One value of a kind, from the stream of the trial. */
function drawn<T>(values: fc.Arbitrary<T>, stream: RandomStream): T {
  return fc.sample(values, { seed: stream.integer(2 ** 31), numRuns: 1 })[0]!;
}

/** A preset that ships with one of its values, or keys, replaced. */
function mutatedPreset(stream: RandomStream): string {
  const { raw } = loadPreset(pick(stream, presetNames()));
  if (stream.integer(3) === 0) return mutateBytesOrJson(Buffer.from(JSON.stringify(raw)), stream).toString('latin1');
  const copy = structuredClone(raw) as Record<string, Record<string, unknown>>;
  const section = copy[pick(stream, ['task', 'model', 'train', 'evaluate'])] ?? copy;
  const keys = [...Object.keys(section), '__proto__', 'constructor', drawn(fc.string(), stream)];
  Object.defineProperty(section, pick(stream, keys), { value: drawn(strange, stream), enumerable: true });
  return JSON.stringify(copy);
}

const hostilePreset: Fault = {
  name: 'hostile-preset',
  injected: `configurations with values and keys of every wrong type and size; ${filesATrial} a trial`,
  expected: 'refused in one line or used; bounded time and memory; nothing else changed',
  async begin(stage) {
    keepApart();
    const file = join(stage.folder, 'hostile.json');
    writeFileSync(file, '{}');
    const surroundings = new Surroundings(stage.folder);
    return async (stream, number) => {
      for (let time = 0; time < filesATrial; time++) {
        const text = mutatedPreset(stream);
        writeFileSync(file, text);
        const read = () => createExperiment(resolveConfig(loadPreset(file).raw, file).config, file);
        await isRefused(read, `preset, seed ${number}: ${text.slice(0, 500)}`, longestSetUp);
        surroundings.requireSame('a preset');
      }
    };
  },
};

const hostileSetting: Fault = {
  name: 'hostile-set',
  injected: `\`--set\` with any path and value; ${filesATrial} a trial`,
  expected: 'refused in one line or used; bounded time and memory; nothing else changed',
  async begin(stage) {
    keepApart();
    const surroundings = new Surroundings(stage.folder);
    const { raw, where } = loadPreset('yang-tiny');
    const paths = leaves(resolveConfig(raw, where).config).map(([path]) => path);
    return async (stream, number) => {
      for (let time = 0; time < filesATrial; time++) {
        const path = stream.integer(4) === 0 ? drawn(fc.string({ unit: 'binary' }), stream) : pick(stream, paths);
        const value = drawn(strange, stream);
        const text = `${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
        const read = () => createExperiment(resolveConfig(raw, where, [parseSetting(text)]).config, where);
        await isRefused(read, `--set ${JSON.stringify(text)}, seed ${number}`, longestSetUp);
        surroundings.requireSame('--set');
      }
    };
  },
};

export const hostileFiles: readonly Fault[] = [
  hostilePreset,
  hostileSetting,
  ofRun('journal', 'journals', (run) => run.journal),
  ofRun('snapshot', 'snapshots', (run) => run.snapshot),
  ofRun('evaluated', 'snapshots that are evaluated', (run) => run.evaluated),
  ofRun('record', '`run.json`', (run) => run.record),
  ofRun('pictures', '`probe.bin`', (run) => run.pictures),
  ofRun('notes', '`notes.json`', (run) => run.notes),
];
