import { resolve } from 'node:path';
import { fitNumber, thousands } from '../core/format.ts';
import type { HostTensor } from '../core/tensor.ts';
import { metricInfo } from '../metrics/catalog.ts';
import { metricText } from '../metrics/text.ts';
import { resolveConfig, type Setting } from '../presets/resolve.ts';
import type { RunConfig } from '../protocol/config.ts';
import { formatMaskEdit, parseMask } from '../protocol/mask.ts';
import { readSnapshot } from '../snapshots/store.ts';
import { evaluateSnapshot, type SnapshotEvaluation } from '../trainer/evaluate.ts';
import { type CommonFlags, flagSettings } from './settings.ts';
import { parseVariation, variationCsv, variationTable } from './variation.ts';

interface EvaluationFlags extends CommonFlags {
  readonly file: string;
  readonly prompts?: number | undefined;
  readonly mask?: string | undefined;
  readonly attention: boolean;
  readonly predictions: boolean;
  /** `path=value,value,…`. */
  readonly vary?: string | undefined;
  readonly csv: boolean;
  readonly json: boolean;
}

/** Evaluates a snapshot file and prints what it measured, as a table or as one JSON object. */
export async function evaluateFile(flags: EvaluationFlags): Promise<void> {
  const { file, attention, predictions } = flags;
  const mask = flags.mask === undefined ? [] : parseMask(flags.mask);
  const variation = flags.vary === undefined ? [] : parseVariation(flags.vary);
  const { snapshot, notices } = await readSnapshot(resolve(file));
  const settings = flagSettings(flags, { 'evaluate.prompts': flags.prompts });
  const evaluated = async (more: readonly Setting[]) => {
    const { config } = resolveConfig(snapshot.config, file, [...settings, ...more]);
    return { config, ...(await evaluateSnapshot({ snapshot, config, where: file, mask, attention, predictions })) };
  };
  const head = { file, step: snapshot.step, mask: mask.map(formatMaskEdit) };
  const print = async () => {
    if (flags.vary === undefined) {
      const { config, ...evaluation } = await evaluated([]);
      return flags.json ? asJson(head, evaluation) : asTable(head, config, evaluation);
    }
    const { path } = variation[0]!;
    const points: (SnapshotEvaluation & { readonly value: unknown })[] = [];
    for (const setting of variation) points.push({ value: setting.value, ...(await evaluated([setting])) });
    if (flags.csv) return variationCsv(path, points);
    if (!flags.json) return `${file} · step ${thousands(snapshot.step)}\n\n${variationTable(path, points)}`;
    const measured = points.map(({ value, ...evaluation }) => ({ value, ...measurements(evaluation) }));
    return JSON.stringify({ v: 1, ...head, vary: path, points: measured });
  };
  const text = await print();
  for (const notice of notices) process.stderr.write(`note: ${file}: ${notice}\n`);
  process.stdout.write(`${text}\n`);
}

interface Head {
  readonly file: string;
  readonly step: number;
  readonly mask: readonly string[];
}

function asJson(head: Head, evaluation: SnapshotEvaluation): string {
  return JSON.stringify({ v: 1, ...head, ...measurements(evaluation) });
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

function asTable({ file, step, mask }: Head, { task, model }: RunConfig, evaluation: SnapshotEvaluation): string {
  const metrics = Object.entries(evaluation.metrics).map(([name, { mean, stderr, n }]) => [
    title(name),
    `${fitNumber(mean, 10)}${n > 0 ? `  ±${fitNumber(stderr, 9)}${thousands(n).padStart(9)}` : `${''.padStart(12)}    exact`}`,
  ]);
  const theory = Object.entries(evaluation.theory).map(([name, value]) => [
    title(name),
    metricText(name, value).padStart(10),
  ]);
  const width = Math.max(...[...metrics, ...theory].map(([name]) => name!.length)) + 2;
  const rows = (entries: string[][]) => entries.map(([name, text]) => `${name!.padEnd(width)}${text}`);
  return [
    `${file} · step ${thousands(step)}`,
    `${task.name} · ${model.name}${mask.length > 0 ? ` · mask ${mask.join(',')}` : ''}`,
    '',
    `${'measured on held-out prompts'.padEnd(width)}${'mean'.padStart(10)}${'stderr'.padStart(12)}${'prompts'.padStart(9)}`,
    ...rows(metrics),
    '',
    'theory',
    ...rows(theory),
  ].join('\n');
}

function title(name: string): string {
  return metricInfo(name)?.title ?? name;
}
