import { dirname, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { fitNumber, thousands } from '../core/format.ts';
import type { HostTensor } from '../core/tensor.ts';
import { metricInfo } from '../metrics/catalog.ts';
import { estimate } from '../metrics/estimate.ts';
import { metricText } from '../metrics/text.ts';
import { toAnsi } from '../plot/ansi.ts';
import { toPlain } from '../plot/text.ts';
import { loadPreset } from '../presets/load.ts';
import { resolveConfig, type Setting } from '../presets/resolve.ts';
import type { Estimate } from '../protocol/events.ts';
import { readSnapshot } from '../snapshots/store.ts';
import { requirePluginsOfFolder } from '../trainer/files/run_folder.ts';
import { theoryOf } from '../trainer/measure/theory.ts';
import { createExperiment } from '../trainer/session/experiment.ts';
import { chooseLook } from '../ui/terminal/terminal.ts';
import { flagSettings } from './settings.ts';
import { parseSweep, type Sweep } from './sweep_values.ts';
import { type TheoryPoint, theoryChart } from './theory_chart.ts';

interface TheoryFlags {
  readonly source?: string | undefined;
  readonly set: readonly string[];
  readonly over: readonly string[];
  readonly draws: number;
  readonly metric?: string | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
  readonly csv: boolean;
}

/** Where a configuration comes from. */
interface Source {
  readonly raw: unknown;
  readonly where: string;
  readonly task?: Readonly<Record<string, HostTensor>>;
}

const defaultSource = 'yang-fig3';

/** Values that are drawn unless another is asked for: the first that changes. */
const drawnFirst = ['ridge_gap', 'copy_floor', 'frozen_loss_floor', 'loss_floor'];

/** Prints closed forms of a preset or snapshot: at one point, or as curves over settings. */
export async function printTheory(flags: TheoryFlags): Promise<void> {
  const source = await sourceOf(flags.source ?? defaultSource);
  const settings = flagSettings(flags, {});
  const sweeps = flags.over.map((text) => parseSweep(text, '--over'));
  if (sweeps.length === 0) {
    const theory = await averaged(source, settings, flags.draws, true);
    return print(flags.json ? JSON.stringify({ v: 1, source: source.where, theory }) : listing(theory));
  }
  const curves: { sweep: Sweep; points: TheoryPoint[] }[] = [];
  for (const sweep of sweeps) {
    const points: TheoryPoint[] = [];
    for (const value of sweep.values) {
      const here: Setting[] = [...settings, { path: sweep.path, value, flag: '--over' }];
      points.push({ value, theory: await averaged(source, here, flags.draws, sweep.path.startsWith('model.')) });
    }
    curves.push({ sweep, points });
  }
  if (flags.csv) return print(asCsv(curves));
  if (flags.json) {
    const over = curves.map(({ sweep, points }) => ({ path: sweep.path, points }));
    return print(JSON.stringify({ v: 1, source: source.where, over }));
  }
  for (const [index, { sweep, points }] of curves.entries()) {
    if (index > 0) print('');
    print(asText(sweep, points, flags));
  }
}

async function sourceOf(name: string): Promise<Source> {
  if (!name.endsWith('.safetensors')) return loadPreset(name);
  const { snapshot } = await readSnapshot(resolve(name));
  requirePluginsOfFolder(dirname(resolve(name)));
  return { raw: snapshot.config, where: name, task: snapshot.task };
}

/**
 * Closed forms, averaged over `draws` seeds.
 * @param ofStart with what the model's theory says of its start, which takes longer
 */
async function averaged(
  { raw, where, task }: Source,
  settings: readonly Setting[],
  draws: number,
  ofStart: boolean,
): Promise<Readonly<Record<string, Estimate>>> {
  if (task && draws > 1) {
    throw new UserError({
      where: '--draws',
      what: 'a snapshot has one dictionary',
      fix: 'name a preset, or leave it out',
    });
  }
  // Held-out prompts play no part in closed forms.
  const few = ['evaluate.prompts', 'probe.prompts'].map((path) => ({ path, value: 1 }));
  const found: Readonly<Record<string, number>>[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const { config } = resolveConfig(raw, where, [...few, ...settings]);
    const experiment = createExperiment({ ...config, seed: config.seed + draw }, where, task);
    found.push(ofStart ? await theoryOf(experiment) : experiment.task.theory);
  }
  const names = Object.keys(found[0]!).filter((name) => found.every((one) => name in one));
  return Object.fromEntries(names.map((name) => [name, estimate(found.map((one) => one[name]!))]));
}

function listing(theory: Readonly<Record<string, Estimate>>): string {
  const width = Math.max(...Object.keys(theory).map((name) => title(name).length));
  return Object.entries(theory)
    .map(([name, { mean, stderr }]) => {
      const error = stderr === null ? '' : `  ±${fitNumber(stderr, 9)}`;
      return `${title(name).padEnd(width)}  ${metricText(name, mean)}${error}`;
    })
    .join('\n');
}

function asCsv(curves: readonly { readonly sweep: Sweep; readonly points: readonly TheoryPoint[] }[]): string {
  const all = curves.flatMap(({ points }) => points);
  const names = [...new Set(all.flatMap(({ theory }) => Object.keys(theory)))];
  const rows = curves.flatMap(({ sweep, points }) =>
    points.map(({ value, theory }) => [
      sweep.path,
      value,
      ...names.flatMap((name) => [theory[name]?.mean ?? '', theory[name]?.stderr ?? '']),
    ]),
  );
  const head = ['path', 'value', ...names.flatMap((name) => [name, `${name}_stderr`])];
  return [head, ...rows].map((cells) => cells.join(',')).join('\n');
}

function asText(sweep: Sweep, points: readonly TheoryPoint[], { metric, draws }: TheoryFlags): string {
  const names = Object.keys(points[0]!.theory);
  const changes = (name: string) => points.some(({ theory }) => theory[name]?.mean !== points[0]!.theory[name]!.mean);
  const drawn = metric ?? drawnFirst.find((name) => names.includes(name) && changes(name));
  if (drawn !== undefined && !names.includes(drawn)) {
    throw new UserError({ where: '--metric', what: `no "${drawn}"`, expected: `one of ${names.join(', ')}` });
  }
  const shown = names.filter((name) => changes(name) || name === drawn);
  const look = chooseLook(process.env);
  const chart = drawn === undefined ? [] : theoryChart({ sweep, points, metric: drawn, look });
  const [first, ...others] = [sweep.path, ...shown.map((name) => metricInfo(name)?.short ?? name)] as const;
  const valueWidth = Math.max(first!.length, ...points.map(({ value }) => String(value).length));
  const row = (cells: readonly string[]) => cells.map((cell) => cell.padStart(columnWidth)).join('');
  const rows = points.map(({ value, theory }) => {
    const cells = shown.map((name) => cell(theory[name]));
    return `${String(value).padStart(valueWidth)}${row(cells)}`;
  });
  const heading = `${drawn === undefined ? '' : `${title(drawn)}, against ${sweep.path}`}${draws > 1 ? `, mean of ${thousands(draws)} draws` : ''}`;
  return [
    ...(chart.length === 0 ? [] : [heading, process.stdout.isTTY ? toAnsi(chart, look) : toPlain(chart), '']),
    `${first!.padStart(valueWidth)}${row(others)}`,
    ...rows,
  ].join('\n');
}

const columnWidth = 12;

function cell(value: Estimate | undefined): string {
  return value === undefined ? '–' : fitNumber(value.mean, columnWidth - 2).trim();
}

function title(name: string): string {
  return metricInfo(name)?.title ?? name;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
