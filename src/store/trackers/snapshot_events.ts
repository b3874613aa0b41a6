import { leaves } from '../../core/record.ts';
import type { HostTensor } from '../../core/tensor.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { attentionImages } from './attention_images.ts';
import { head, histogram, type Summary, scalar, summaries, text } from './event_file.ts';

/**
 * A snapshot as an event file of TensorBoard: every curve as scalars, step by step, attention as pictures, parameters as histograms,
 * settings as text. When a step was is not kept: all have the snapshot's date.
 */
export function snapshotAsEvents({ step, created, config, history, params, probe }: Snapshot): Buffer {
  const date = Date.parse(created);
  const seconds = Number.isFinite(date) ? date / 1000 : 0;
  const steps = new Map<number, Summary[]>();
  for (const [name, { step: at, last }] of Object.entries(history)) {
    for (let i = 0; i < at.length; i++) {
      const values = steps.get(at[i]!) ?? [];
      steps.set(at[i]!, values);
      values.push(scalar(name, last[i]!));
    }
  }
  const inOrder = [...steps].sort(([a], [b]) => a - b);
  return Buffer.concat([
    head({ seconds, step: inOrder[0]?.[0] ?? step }),
    summaries({ seconds, step: 0 }, [settingsText(config)]),
    ...inOrder.map(([at, values]) => summaries({ seconds, step: at }, values)),
    summaries({ seconds, step }, stateSummaries(params, probe['attention'])),
  ]);
}

/** Parameters as histograms, and attention [P, L, H, Tq, Tk] as pictures where there is any. */
export function stateSummaries(params: Snapshot['params'], attention: HostTensor | undefined): Summary[] {
  const histograms = Object.entries(params).map(([name, { data }]) => histogram(`params/${name}`, data));
  return [...histograms, ...(attention ? attentionImages(attention) : [])];
}

/** Every setting in a table. */
export function settingsText(config: RunConfig): Summary {
  const rows = leaves(config).map(([path, value]) => `| ${path} | ${cell(value)} |`);
  return text('settings', ['| setting | value |', '| --- | --- |', ...rows].join('\n'));
}

const cell = (value: unknown): string =>
  (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('|', '\\|').replaceAll('\n', ' ');
