import { resolve } from 'node:path';
import { fitNumber, thousands } from '../core/format.ts';
import type { HostTensor } from '../core/tensor.ts';
import { metricInfo } from '../metrics/catalog.ts';
import { metricText } from '../metrics/text.ts';
import { resolveConfig } from '../presets/resolve.ts';
import type { RunConfig } from '../protocol/config.ts';
import { formatMaskEdit, parseMask } from '../protocol/mask.ts';
import { readSnapshot } from '../snapshots/store.ts';
import { evaluateSnapshot, type SnapshotEvaluation } from '../trainer/evaluate.ts';
import { type CommonFlags, flagSettings } from './settings.ts';

interface EvaluationFlags extends CommonFlags {
  readonly file: string;
  readonly prompts?: number | undefined;
  readonly mask?: string | undefined;
  readonly attention: boolean;
  readonly predictions: boolean;
  readonly json: boolean;
}

/** Evaluates a snapshot file and prints what it measured, as a table or as one JSON object. */
export async function evaluateFile(flags: EvaluationFlags): Promise<void> {
  const { file, attention, predictions } = flags;
  const mask = flags.mask === undefined ? [] : parseMask(flags.mask);
  const { snapshot, notices } = await readSnapshot(resolve(file));
  const settings = flagSettings(flags, { 'evaluate.prompts': flags.prompts });
  const { config } = resolveConfig(snapshot.config, file, settings);
  const evaluation = await evaluateSnapshot({ snapshot, config, where: file, mask, attention, predictions });
  for (const notice of notices) process.stderr.write(`note: ${file}: ${notice}\n`);
  const head = { file, step: snapshot.step, mask: mask.map(formatMaskEdit) };
  process.stdout.write(`${flags.json ? asJson(head, evaluation) : asTable(head, config, evaluation)}\n`);
}

interface Head {
  readonly file: string;
  readonly step: number;
  readonly mask: readonly string[];
}

function asJson(head: Head, { metrics, theory, attention, predictions }: SnapshotEvaluation): string {
  return JSON.stringify({
    v: 1,
    ...head,
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
  });
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
