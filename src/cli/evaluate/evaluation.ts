import { fitNumber, thousands } from '../../core/format.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import { estimateAsJson } from '../../metrics/estimate.ts';
import { leftOutNotices } from '../../metrics/left_out.ts';
import { isNumbered } from '../../metrics/names.ts';
import { metricText } from '../../metrics/text.ts';
import { metricsOf } from '../../models/known/measures.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { formatMaskEdit, parseMask } from '../../protocol/mask_edits.ts';
import { donorNamed } from '../../store/donor.ts';
import { evaluateSnapshot, type SnapshotEvaluation } from '../../trainer/measure/evaluate.ts';
import { type CommonFlags, flagSettings, requireOnce } from '../options/settings.ts';
import { note, print, printCsv, printJson } from '../output/output.ts';
import { directoryOf } from '../preferences/directory.ts';
import { openNamed } from '../snapshots/open_snapshot.ts';
import { prunedNotice } from '../snapshots/pruned_notice.ts';
import { familyTables } from './numbered_tables.ts';
import { spreadText } from './spread.ts';
import { type Combination, combinationsOf, variationCsv, variationTable } from './variation.ts';

interface EvaluationFlags extends CommonFlags {
  /** A snapshot or a run. */
  readonly file: string;
  readonly dir?: string | undefined;
  readonly config?: string | undefined;
  readonly prompts?: number | undefined;
  readonly mask?: string | undefined;
  readonly baselines: boolean;
  readonly attention: boolean;
  readonly predictions: boolean;
  /** `path=A,B,C` or a range each; none for one evaluation with the settings as they are. */
  readonly over: readonly string[];
  readonly csv: boolean;
  readonly json: boolean;
}

/** Evaluates a snapshot, or the last one of a run, and prints what it measured, as a table or as one JSON object. */
export async function evaluateFile(flags: EvaluationFlags): Promise<void> {
  const { baselines, attention, predictions } = flags;
  const mask = flags.mask === undefined ? [] : parseMask(flags.mask);
  const combinations = combinationsOf(flags.over);
  const { file, where, snapshot, notices } = await openNamed(flags.file, directoryOf(flags.dir), flags.config);
  const given = flagSettings(flags, { 'evaluate.prompts': flags.prompts });
  requireOnce([...given, ...combinations[0]!]);
  const points: Point[] = [];
  for (const settings of combinations) {
    const { config } = resolveConfig(snapshot.config, where, [...given, ...settings]);
    const open = (word: string) => donorNamed(word, directoryOf(flags.dir));
    const options = { snapshot, config, where, mask, open, baselines, attention, predictions };
    points.push({ settings, config, ...(await evaluateSnapshot(options)) });
  }
  const head = { file, step: snapshot.step, mask: points[0]!.pruned.map(formatMaskEdit) };
  const known = metricsOf(points[0]!.config);
  const leftOut = new Set(points.flatMap(({ metrics }) => leftOutNotices(known, metrics)));
  note(...[...notices, ...prunedNotice(snapshot, mask), ...leftOut].map((notice) => `${file}: ${notice}`));
  if (flags.json) printJson(asJson(known, head, points, flags));
  else if (flags.csv) printCsv(variationCsv(points));
  else if (flags.over.length > 0) print(title(head), '', ...variationTable(known, points));
  else print(...asTable(known, head, points[0]!));
}

interface Point extends SnapshotEvaluation {
  readonly settings: Combination;
  readonly config: RunConfig;
}

function asJson(known: MetricCatalogue, head: Head, points: readonly Point[], { over }: EvaluationFlags): object {
  if (over.length === 0) return { v: 1, ...head, ...measurements(known, points[0]!) };
  const each = points.map((point) => ({
    values: Object.fromEntries(point.settings.map(({ path, value }) => [path, value])),
    ...measurements(known, point),
  }));
  return { v: 1, ...head, over: points[0]!.settings.map(({ path }) => path), points: each };
}

interface Head {
  readonly file: string;
  readonly step: number;
  /** The parts that are pruned. */
  readonly mask: readonly string[];
}

function measurements(known: MetricCatalogue, { metrics, theory, attention, predictions }: SnapshotEvaluation) {
  return {
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => {
        const { unit = '', better = 'none' } = known.info(name) ?? {};
        return [name, { ...estimateAsJson(value), unit, better }];
      }),
    ),
    theory: theory.values,
    ...(Object.keys(theory.reasons).length > 0 && { theory_reasons: theory.reasons }),
    ...(attention && { attention: plain(attention) }),
    ...(predictions && {
      predictions: Object.fromEntries(Object.entries(predictions).map(([name, tensor]) => [name, plain(tensor)])),
    }),
  };
}

function plain({ shape, data }: HostTensor): { shape: readonly number[]; data: number[] } {
  return { shape, data: [...data] };
}

function asTable(known: MetricCatalogue, head: Head, evaluation: Point): string[] {
  const { task, model } = evaluation.config;
  const single = Object.entries(evaluation.metrics).filter(([name]) => !isNumbered(name));
  const metrics = single.map(([name, measured]) => {
    const { mean, n, left_out, reason } = measured;
    const spread = n > 0 ? spreadText(measured) : `${''.padStart(12)}    exact`;
    return [known.title(name), `${fitNumber(mean, 10)}${n === 0 && left_out ? `  ${reason}` : spread}`];
  });
  const { values, reasons } = evaluation.theory;
  const theory = Object.entries(values).map(([name, value]) => [
    known.title(name),
    `${metricText(known, name, value).padStart(10)}${value === null ? `  ${reasons[name]}` : ''}`,
  ]);
  const width = Math.max(...[...metrics, ...theory].map(([name]) => name!.length)) + 2;
  const rows = (entries: string[][]) => entries.map(([name, text]) => `${name!.padEnd(width)}${text}`);
  return [
    title(head),
    `${task.name} · ${model.name}${head.mask.length > 0 ? ` · mask ${head.mask.join(',')}` : ''}`,
    '',
    `${'measured on held-out prompts'.padEnd(width)}${'mean'.padStart(10)}${'stderr'.padStart(12)}${'prompts'.padStart(9)}`,
    ...rows(metrics),
    ...familyTables(known, evaluation.metrics).flatMap((lines) => ['', ...lines]),
    '',
    'theory',
    ...rows(theory),
  ];
}

const title = ({ file, step }: Head): string => `${file} · step ${thousands(step)}`;
