import { resolve } from 'node:path';
import { csvOf } from '../../core/csv.ts';
import { UserError } from '../../core/errors.ts';
import { fitNumber, thousands } from '../../core/format.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import { estimateOfKnown } from '../../metrics/estimate.ts';
import { metricText } from '../../metrics/text.ts';
import { metricsOf } from '../../models/known/measures.ts';
import { loadPreset } from '../../presets/load.ts';
import { resolveConfig, type Setting } from '../../presets/resolve.ts';
import type { Estimate } from '../../protocol/events.ts';
import { finiteTheory, type Theory, theoryOf } from '../../trainer/measure/theory.ts';
import { createExperiment } from '../../trainer/session/experiment.ts';
import { chooseLook } from '../../ui/terminal/terminal.ts';
import { flagSettings, requireOnce } from '../options/settings.ts';
import { parseSweep, type Sweep } from '../options/sweep_values.ts';
import type { Flags } from '../options/table.ts';
import { print, printCsv, printDrawing, printJson } from '../output/output.ts';
import { openSnapshot } from '../snapshots/open_snapshot.ts';
import { type TheoryPoint, theoryChart } from './theory_chart.ts';

type TheoryFlags = Flags<'set' | 'over' | 'draws' | 'metric' | 'seed' | 'json' | 'csv'> & {
  readonly source: string | undefined;
};

/** Where a configuration comes from. */
interface Source {
  readonly raw: unknown;
  readonly where: string;
  readonly task?: Readonly<Record<string, HostTensor>>;
}

const defaultSource = 'yang-fig3';

/** Prints closed forms of a preset or snapshot: at one point, or as curves over settings. */
export async function printTheory(flags: TheoryFlags): Promise<void> {
  const source = await sourceOf(flags.source ?? defaultSource);
  const settings = flagSettings(flags, {});
  const sweeps = flags.over.map((text) => parseSweep(text, '--over'));
  for (const { path } of sweeps) requireOnce([...settings, { path, flag: '--over' }]);
  const metrics = metricsOf(resolveConfig(source.raw, source.where, settings).config);
  if (sweeps.length === 0) {
    const theory = await averaged(source, settings, flags.draws, true);
    return flags.json ? printJson({ v: 1, source: source.where, theory }) : print(...listing(metrics, theory));
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
  if (flags.csv) return printCsv(asCsv(curves));
  if (flags.json) {
    const over = curves.map(({ sweep, points }) => ({ path: sweep.path, points }));
    return printJson({ v: 1, source: source.where, over });
  }
  for (const [index, { sweep, points }] of curves.entries()) {
    if (index > 0) print('');
    await printCurve(metrics, sweep, points, flags);
  }
}

async function sourceOf(name: string): Promise<Source> {
  if (!name.endsWith('.safetensors')) return loadPreset(name);
  const { snapshot } = await openSnapshot(resolve(name));
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
  const found: Theory[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const { config } = resolveConfig(raw, where, [...few, ...settings]);
    const experiment = createExperiment({ ...config, seed: config.seed + draw }, where, task);
    found.push(ofStart ? await theoryOf(experiment) : finiteTheory(experiment.task.theory));
  }
  const names = Object.keys(found[0]!.values).filter((name) => found.every(({ values }) => name in values));
  return Object.fromEntries(
    names.map((name) => {
      const numbers = found.map(({ values }) => values[name] ?? Number.NaN);
      const reason = found.find(({ reasons }) => reasons[name] !== undefined)?.reasons[name];
      return [name, estimateOfKnown(numbers, reason)];
    }),
  );
}

function listing(metrics: MetricCatalogue, theory: Readonly<Record<string, Estimate>>): string[] {
  const width = Math.max(...Object.keys(theory).map((name) => metrics.title(name).length));
  return Object.entries(theory).map(([name, { mean, stderr, reason }]) => {
    const error = stderr === null ? (reason === undefined ? '' : `  ${reason}`) : `  ±${fitNumber(stderr, 9)}`;
    return `${metrics.title(name).padEnd(width)}  ${metricText(metrics, name, mean)}${error}`;
  });
}

function asCsv(curves: readonly { readonly sweep: Sweep; readonly points: readonly TheoryPoint[] }[]): string {
  const all = curves.flatMap(({ points }) => points);
  const names = [...new Set(all.flatMap(({ theory }) => Object.keys(theory)))];
  const rows = curves.flatMap(({ sweep, points }) =>
    points.map(({ value, theory }) => [
      sweep.path,
      value,
      ...names.flatMap((name) => [theory[name]?.mean, theory[name]?.stderr]),
    ]),
  );
  const head = ['path', 'value', ...names.flatMap((name) => [name, `${name}_stderr`])];
  return csvOf([head, ...rows]);
}

async function printCurve(
  metrics: MetricCatalogue,
  sweep: Sweep,
  points: readonly TheoryPoint[],
  flags: TheoryFlags,
): Promise<void> {
  const { metric, draws } = flags;
  const names = Object.keys(points[0]!.theory);
  const changes = (name: string) => points.some(({ theory }) => theory[name]?.mean !== points[0]!.theory[name]!.mean);
  const swept = [...metrics.all].filter((one) => one.swept).map(({ name }) => name);
  // What is said of a task or model alone tells more than what all share.
  const usual = swept.findLast((name) => names.includes(name) && changes(name));
  const drawn = metric === undefined ? usual : metrics.named(metric, names);
  if (drawn === undefined && metric !== undefined) {
    throw new UserError({ where: '--metric', what: `no "${metric}"`, expected: `one of ${names.join(', ')}` });
  }
  const shown = names.filter((name) => changes(name) || name === drawn);
  const look = chooseLook(process.env);
  const chart =
    drawn === undefined ? [] : theoryChart({ sweep, points, metric: drawn, label: metrics.short(drawn), look });
  const [first, ...others] = [sweep.path, ...shown.map((name) => metrics.short(name))] as const;
  const valueWidth = Math.max(first!.length, ...points.map(({ value }) => String(value).length));
  const row = (cells: readonly string[]) => cells.map((cell) => cell.padStart(columnWidth)).join('');
  const rows = points.map(({ value, theory }) => {
    const cells = shown.map((name) => cell(theory[name]));
    return `${String(value).padStart(valueWidth)}${row(cells)}`;
  });
  const heading = `${drawn === undefined ? '' : `${metrics.title(drawn)}, against ${sweep.path}`}${draws > 1 ? `, mean of ${thousands(draws)} draws` : ''}`;
  if (chart.length > 0) {
    print(heading);
    await printDrawing(chart, look);
    print('');
  }
  print(`${first!.padStart(valueWidth)}${row(others)}`, ...rows);
}

const columnWidth = 12;

function cell(value: Estimate | undefined): string {
  return value === undefined ? '–' : fitNumber(value.mean, columnWidth - 2).trim();
}
