import { thousands } from '../core/format.ts';
import type { Estimate } from '../protocol/events.ts';
import type { MetricCatalogue } from './catalogue.ts';
import { readName } from './names.ts';

/** One sentence for every predictor without training that could not be fitted to some prompts. */
export function leftOutNotices(metrics: MetricCatalogue, values: Readonly<Record<string, Estimate>>): string[] {
  const worst = new Map<string, { counts: Set<number>; of: number; reason: string }>();
  for (const [name, { n, left_out: count, reason = '' }] of Object.entries(values)) {
    if (count === undefined) continue;
    const predictor = metrics.predictor(readName(name).predictor ?? name);
    const known = worst.get(predictor) ?? { counts: new Set(), of: n + count, reason };
    known.counts.add(count);
    worst.set(predictor, known);
  }
  return [...worst].map(([predictor, { counts, of, reason }]) => {
    const most = thousands(Math.max(...counts));
    return `${predictor}: ${counts.size > 1 ? 'up to ' : ''}${most} of ${thousands(of)} prompts left out: ${reason}`;
  });
}
