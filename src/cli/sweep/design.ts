import { basename, dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { thousands } from '../../core/format.ts';
import { isRecord } from '../../core/record.ts';
import { isPresetFile, loadPreset } from '../../presets/load.ts';
import type { Setting } from '../../presets/resolve.ts';
import { cellsOf, countOf, type Design, keyOf, settingsText, variedPaths } from '../../sweep/cells.ts';
import { parseSeeds } from '../../sweep/seeds.ts';
import { checkName, folderName } from '../options/names.ts';
import { flagSettings, requireOnce } from '../options/settings.ts';
import { parseValues } from '../options/sweep_values.ts';
import type { Flags } from '../options/table.ts';

export type DesignFlags = Flags<
  'grid' | 'zip' | 'seeds' | 'set' | 'steps' | 'budget' | 'name' | 'jobs' | 'device' | 'threads'
> & { readonly source: string };

/** What a command line, and the sweep file that it may name, ask for. */
export interface Wanted extends Design {
  readonly name: string;
  /** Preset or file of the configuration that is varied. */
  readonly preset: string;
  /** Set for all cells; steps are apart. */
  readonly settings: readonly Setting[];
  readonly steps: number | undefined;
  readonly jobs: number | undefined;
}

const values = z.union([z.array(z.unknown()).min(1), z.string()]);

/** The keys of a sweep file. */
const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  preset: z.string(),
  name: z.string().optional(),
  grid: z.record(z.string(), values).default({}),
  zip: z.record(z.string(), values).default({}),
  seeds: z.union([z.int().min(1), z.string(), z.array(z.int().min(0)).min(1)]).optional(),
  set: z.record(z.string(), z.unknown()).default({}),
  steps: z.int().min(1).optional(),
  budget: z.number().min(0).optional(),
  jobs: z.int().min(1).optional(),
  device: z.string().optional(),
  threads: z.int().min(0).optional(),
});
type SweepFile = z.infer<typeof fileSchema>;

/** Most runs of a sweep: its record, of a few hundred bytes a run, is written anew whenever one changes. */
const mostRuns = 10_000;

/** Paths that have options of their own. */
const apart: Readonly<Record<string, string>> = { seed: '--seeds', 'train.steps': '--steps' };

/**
 * Reads what a sweep is to be: a preset or configuration with `--grid`, `--zip` and `--seeds`, or a file with the same as
 * keys, which the command line goes before.
 * @throws UserError when it does not say one thing
 */
export function wantedSweep(flags: DesignFlags): Wanted {
  const { name: loaded, where, raw } = loadPreset(flags.source);
  const file = isRecord(raw) && 'preset' in raw ? sweepFileOf(raw, where) : undefined;
  const preset = file ? presetOf(file, where) : flags.source;
  const grid = { ...listsOf(file?.grid, where, false), ...flagLists(flags.grid, '--grid') };
  const zip = { ...listsOf(file?.zip, where, true), ...flagLists(flags.zip, '--zip') };
  const twice = Object.keys(zip).find((path) => path in grid);
  if (twice) throw new UserError({ what: `${twice} is in both the grid and the zip`, fix: 'leave one out' });
  for (const path of [...Object.keys(grid), ...Object.keys(zip)]) {
    if (apart[path])
      throw new UserError({ where: '--grid', what: `${path} has an option of its own`, fix: `use ${apart[path]}` });
  }
  requireEqualLengths(zip);
  const own = { 'train.budget_s': flags.budget };
  const given = flagSettings(flags, own);
  const ofFile = Object.entries({
    ...file?.set,
    ...(file?.budget !== undefined && { 'train.budget_s': file.budget }),
    ...(file?.device !== undefined && { device: file.device }),
    ...(file?.threads !== undefined && { threads: file.threads }),
  }).map(([path, value]): Setting => ({ path, value, flag: where }));
  if ([...given, ...ofFile].some(({ path }) => path === 'seed'))
    throw new UserError({ where: '--set', what: 'seed has an option of its own', fix: `use ${apart['seed']}` });
  const before = ofFile.filter(({ path }) => !given.some((one) => one.path === path));
  const all = [...before, ...given];
  requireOnce([...all, ...[...Object.keys(grid), ...Object.keys(zip)].map((path) => ({ path, flag: '--grid' }))]);
  const steps = stepsOf(all, flags.steps ?? file?.steps);
  const design: Design = {
    grid,
    zip,
    seeds: seedsOf(flags.seeds ?? file?.seeds, flags.seeds === undefined ? where : '--seeds'),
  };
  const count = countOf(design);
  if (count > mostRuns) {
    const what = `${thousands(count)} runs, and a sweep has at most ${thousands(mostRuns)}`;
    throw new UserError({ where: flags.source, what, fix: 'take fewer values or seeds, or several sweeps' });
  }
  requireDistinct(design, flags.source);
  const name = flags.name ?? file?.name ?? usualName(file ? basename(preset, '.json') : loaded, design);
  return {
    ...design,
    name: checkName(name, '--name'),
    preset,
    settings: all.filter(({ path }) => path !== 'train.steps'),
    steps,
    jobs: flags.jobs ?? file?.jobs,
  };
}

/** What a sweep file starts from: a name, or a path from the folder that the file is in. */
function presetOf({ preset }: SweepFile, where: string): string {
  if (!isPresetFile(preset) || isAbsolute(preset)) return preset;
  const path = join(dirname(where), preset);
  return isPresetFile(path) ? path : `./${path}`;
}

function sweepFileOf(raw: unknown, where: string): SweepFile {
  const parsed = fileSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const expected = `keys ${Object.keys(fileSchema.shape).slice(1).join(', ')}`;
  throw new UserError({ where, what: `${path.join('.') || 'the file'}: ${message}`, expected });
}

/** Each of a sweep's runs is another: one that came twice would be counted twice. */
function requireDistinct(design: Design, where: string): void {
  const keys = new Set<string>();
  for (const cell of cellsOf(design)) {
    const key = keyOf(cell);
    if (keys.has(key)) {
      const what = `${settingsText(cell.settings) || 'the same run'} comes twice`;
      throw new UserError({ where, what, fix: 'leave one of these values out' });
    }
    keys.add(key);
  }
}

function listsOf(lists: SweepFile['grid'] = {}, where: string, mayRepeat: boolean): Record<string, readonly unknown[]> {
  const read = (path: string, list: z.infer<typeof values>): readonly unknown[] =>
    typeof list === 'string' ? parseValues(`${path}=${list}`, where, mayRepeat).values : list;
  return Object.fromEntries(Object.entries(lists).map(([path, list]) => [path, read(path, list)]));
}

function flagLists(texts: readonly string[], flag: string): Record<string, readonly unknown[]> {
  const lists = texts.map((text) => parseValues(text, flag, flag === '--zip'));
  requireOnce(lists.map(({ path }) => ({ path, flag })));
  return Object.fromEntries(lists.map(({ path, values }) => [path, values]));
}

function requireEqualLengths(zip: Design['zip']): void {
  const counts = Object.entries(zip).map(([path, list]) => `${path} has ${list.length}`);
  if (new Set(Object.values(zip).map((list) => list.length)).size <= 1) return;
  throw new UserError({ where: '--zip', what: `values that go together are not as many: ${counts.join(', ')}` });
}

function seedsOf(seeds: SweepFile['seeds'] | string, where: string): number[] {
  if (Array.isArray(seeds)) return [...new Set(seeds)].sort((a, b) => a - b);
  return seeds === undefined ? [0] : parseSeeds(String(seeds), where);
}

function stepsOf(settings: readonly Setting[], steps: number | undefined): number | undefined {
  const set = settings.find(({ path }) => path === 'train.steps');
  if (set && steps !== undefined)
    throw new UserError({ what: 'both --steps and --set train.steps were given', fix: 'leave one out' });
  return steps ?? (set?.value as number | undefined);
}

/** `yang-quick-heads-noise`: the same for the same command, so that it goes on with its sweep. */
function usualName(preset: string, design: Design): string {
  const paths = variedPaths(design);
  return [folderName(preset), ...(paths.length > 0 ? paths.map((path) => path.split('.').at(-1)!) : ['seeds'])]
    .join('-')
    .slice(0, 80);
}
