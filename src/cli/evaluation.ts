import { dirname, resolve } from 'node:path';
import { fitNumber, thousands } from '../core/format.ts';
import type { HostTensor } from '../core/tensor.ts';
import { metricInfo } from '../metrics/catalog.ts';
import { metricText } from '../metrics/text.ts';
import { resolveConfig } from '../presets/resolve.ts';
import type { RunConfig } from '../protocol/config.ts';
import { formatMaskEdit, parseMask } from '../protocol/mask.ts';
import { editsBetween, type MaskValues, openMasks, prunedParts } from '../protocol/masks.ts';
import { snapshotNamed } from '../runs/library.ts';
import type { Snapshot } from '../snapshots/format.ts';
import { readSnapshot } from '../snapshots/store.ts';
import { requirePluginsOfFolder } from '../trainer/files/run_folder.ts';
import { evaluateSnapshot, type SnapshotEvaluation } from '../trainer/measure/evaluate.ts';
import { directoryOf } from './directory.ts';
import { familyTables, isNumbered } from './families.ts';
import { readPreferences } from './preferences.ts';
import { type CommonFlags, flagSettings } from './settings.ts';
import { type Combination, combinationsOf, variationCsv, variationTable } from './variation.ts';

interface EvaluationFlags extends CommonFlags {
  /** A snapshot or a run. */
  readonly file: string;
  readonly dir?: string | undefined;
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
  const file = await snapshotNamed(flags.file, directoryOf(flags.dir, readPreferences()));
  const { snapshot, notices } = await readSnapshot(resolve(file));
  requirePluginsOfFolder(dirname(resolve(file)));
  const given = flagSettings(flags, { 'evaluate.prompts': flags.prompts });
  const points: Point[] = [];
  for (const settings of combinations) {
    const { config } = resolveConfig(snapshot.config, file, [...given, ...settings]);
    const options = { snapshot, config, where: file, mask, baselines, attention, predictions };
    points.push({ settings, config, ...(await evaluateSnapshot(options)) });
  }
  const head = { file, step: snapshot.step, mask: points[0]!.pruned.map(formatMaskEdit) };
  const text = flags.over.length > 0 ? varied(head, points, flags) : single(head, points[0]!, flags);
  for (const notice of [...notices, ...prunedNotice(snapshot)]) process.stderr.write(`note: ${file}: ${notice}\n`);
  process.stdout.write(`${text}\n`);
}

/** What is measured without some of its parts should not pass for the whole model. */
function prunedNotice({ mask }: Snapshot): string[] {
  if (!mask || prunedParts(mask).length === 0) return [];
  const [layers, heads] = mask.heads.shape as [number, number];
  const open = openMasks({ layers, heads, neurons: mask.neurons.shape[1]! });
  const edits = (from: MaskValues, to: MaskValues) => editsBetween(from, to).map(formatMaskEdit).join(',');
  return [
    `measured without what was pruned when it was saved, ${edits(open, mask)}; --mask "${edits(mask, open)}" restores it`,
  ];
}

interface Point extends SnapshotEvaluation {
  readonly settings: Combination;
  readonly config: RunConfig;
}

function single(head: Head, point: Point, { json, csv }: EvaluationFlags): string {
  if (csv) return variationCsv([point]);
  return json ? JSON.stringify({ v: 1, ...head, ...measurements(point) }) : asTable(head, point);
}

function varied(head: Head, points: readonly Point[], { json, csv }: EvaluationFlags): string {
  if (csv) return variationCsv(points);
  if (!json) return `${title(head)}\n\n${variationTable(points)}`;
  const each = points.map((point) => ({
    values: Object.fromEntries(point.settings.map(({ path, value }) => [path, value])),
    ...measurements(point),
  }));
  return JSON.stringify({ v: 1, ...head, over: points[0]!.settings.map(({ path }) => path), points: each });
}

interface Head {
  readonly file: string;
  readonly step: number;
  /** The parts that are pruned. */
  readonly mask: readonly string[];
}

function measurements({ metrics, theory, attention, predictions }: SnapshotEvaluation) {
  return {
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, { mean, stderr, n }]) => {
        const { unit, better } = metricInfo(name) ?? { unit: '', better: 'none' };
        return [name, { ...finite('mean', mean), stderr, n, unit, better }];
      }),
    ),
    theory,
    ...(attention && { attention: plain(attention) }),
    ...(predictions && {
      predictions: Object.fromEntries(Object.entries(predictions).map(([name, tensor]) => [name, plain(tensor)])),
    }),
  };
}

/** A number, or null with the reason why. */
function finite(key: string, value: number | null): Record<string, unknown> {
  return value !== null && Number.isFinite(value) ? { [key]: value } : { [key]: null, reason: 'not finite' };
}

function plain({ shape, data }: HostTensor): { shape: readonly number[]; data: number[] } {
  return { shape, data: [...data] };
}

function asTable(head: Head, evaluation: Point): string {
  const { task, model } = evaluation.config;
  const single = Object.entries(evaluation.metrics).filter(([name]) => !isNumbered(name));
  const metrics = single.map(([name, { mean, stderr, n }]) => [
    titleOf(name),
    `${fitNumber(mean, 10)}${n > 0 ? `  ±${fitNumber(stderr, 9)}${thousands(n).padStart(9)}` : `${''.padStart(12)}    exact`}`,
  ]);
  const theory = Object.entries(evaluation.theory).map(([name, value]) => [
    titleOf(name),
    metricText(name, value).padStart(10),
  ]);
  const width = Math.max(...[...metrics, ...theory].map(([name]) => name!.length)) + 2;
  const rows = (entries: string[][]) => entries.map(([name, text]) => `${name!.padEnd(width)}${text}`);
  return [
    title(head),
    `${task.name} · ${model.name}${head.mask.length > 0 ? ` · mask ${head.mask.join(',')}` : ''}`,
    '',
    `${'measured on held-out prompts'.padEnd(width)}${'mean'.padStart(10)}${'stderr'.padStart(12)}${'prompts'.padStart(9)}`,
    ...rows(metrics),
    ...familyTables(evaluation.metrics).flatMap((text) => ['', text]),
    '',
    'theory',
    ...rows(theory),
  ].join('\n');
}

const title = ({ file, step }: Head): string => `${file} · step ${thousands(step)}`;

function titleOf(name: string): string {
  return metricInfo(name)?.title ?? name;
}
