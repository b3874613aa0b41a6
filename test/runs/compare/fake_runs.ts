import { Series } from '../../../src/core/series.ts';
import { MetricCatalogue } from '../../../src/metrics/catalogue.ts';
import { knownMeasures } from '../../../src/models/known/measures.ts';
import type { Compared } from '../../../src/runs/compare/compared.ts';
import { emptyRun } from '../../../src/runs/state.ts';
import { patterns } from '../../ui/fake_source.ts';

interface Facts {
  readonly heads: number;
  readonly loss: number;
  readonly batch: number;
  /** Whether it measures something that others do not. */
  readonly extra?: boolean;
  readonly task?: string;
  readonly keys?: number;
}

/** A run of 20 steps to be put beside others; the first heads of all attend alike. */
export function comparedRun(name: string, { heads, loss, batch, extra, task, keys = 8 }: Facts): Compared {
  const curve = new Series();
  for (let step = 0; step <= 20; step++) curve.push(step, loss * (21 - step));
  const frame = patterns(20, { heads, tokens: keys });
  const config = {
    title: name,
    task: { name: task ?? 'representation_regression', training_set: 'fresh' },
    model: { name: 'multi_head_softmax', heads },
    train: { steps: 20, batch },
    seed: 0,
  };
  return {
    name,
    clock: new Series(),
    pruning: [],
    notices: [],
    frame,
    state: {
      ...emptyRun,
      metrics: new MetricCatalogue(knownMeasures()),
      run: name,
      step: 20,
      phase: 'finished',
      config: config as never,
      model: { layers: 1, heads, neurons: 0, parameters: 1, pattern: { rows: 32, columns: keys, row: '', column: '' } },
      curves: new Map([['train_loss', curve]]),
      estimates: {
        in_domain_inference_loss: { mean: loss, stderr: loss / 10, n: 5 },
        ridge_limit_loss: { mean: 0.05, stderr: null, n: 0 },
        ...(extra && { seen_error: { mean: 3, stderr: null, n: 0 } }),
      },
    },
  };
}
