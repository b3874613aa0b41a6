import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/presets/resolve.ts';
import type { Estimate } from '../../src/protocol/events.ts';
import { editMasks } from '../../src/protocol/mask_values.ts';
import { select } from '../../src/pruning/select.ts';
import type { Snapshot } from '../../src/snapshots/format.ts';
import { PruningBench } from '../../src/trainer/pruning/bench.ts';
import { pruningCurve } from '../../src/trainer/pruning/curve.ts';
import { openSession } from './session.ts';

const unroll = 10;

const mean = (values: Readonly<Record<string, Estimate>>, name: string): number => values[name]!.mean!;

/** Trains a preset of the one-layer model to its end; metrics at the steps given, and the trained model as a snapshot. */
export async function oneLayerRun(
  preset: string,
  settings: Readonly<Record<string, unknown>>,
  at: readonly number[] = [0],
) {
  const { experiment, session, controls } = await openSession(preset, settings, unroll);
  const { config, task } = experiment;
  const measured = new Map<number, Readonly<Record<string, Estimate>>>();
  while (session.step <= config.train.steps) {
    if (at.includes(session.step) || session.step === config.train.steps) {
      measured.set(session.step, await session.evaluate());
    }
    if (session.step === config.train.steps) break;
    await session.advance(unroll, controls);
  }
  const { rng, params, optimizer } = await session.capture();
  const magnitudes = (await session.probe())['neuron_magnitude']!.data;
  await session.dispose();
  const snapshot: Snapshot = {
    config,
    step: config.train.steps,
    seed: config.seed,
    rng,
    maskRevision: 0,
    events: [],
    created: '',
    params,
    optimizer,
    task: task.fixed,
    history: {},
    probe: {},
  };
  return {
    snapshot,
    magnitudes: Array.from(magnitudes).sort((a, b) => a - b),
    metric: (step: number, name: string) => mean(measured.get(step)!, name),
    end: (name: string) => mean(measured.get(config.train.steps)!, name),
  };
}

/** Hinge loss on unseen tasks of a snapshot with neurons pruned, on 12 contexts with α′ = 0.6. */
async function prunedHinge(snapshot: Snapshot, small: number) {
  const settings = { 'task.context_test': 12, 'task.alpha_test': 0.6, 'evaluate.prompts': 2000 };
  const list = Object.entries(settings).map(([path, value]) => ({ path, value }));
  const { config } = resolveConfig(snapshot.config, 'snapshot', list);
  const bench = await PruningBench.open({ snapshot, config, where: 'snapshot' });
  try {
    const scores = await bench.scores('neurons', 'magnitude', bench.masks);
    const at = async (order: 'smallest' | 'random' | 'largest', fraction: number): Promise<number> => {
      const options = { scores, order, fractions: [fraction], repeats: 12, seed: 0, masks: bench.masks };
      const [point] = await pruningCurve(bench, options);
      return mean(point!.metrics, 'unseen_hinge');
    };
    const order = Array.from(scores.values.data.keys()).sort((a, b) => scores.values.data[a]! - scores.values.data[b]!);
    const withoutSmall = editMasks(bench.masks, select({ kind: 'neurons', layers: [order] }, small));
    return {
      whole: await at('smallest', 0),
      withoutSmall: mean(await bench.measure(withoutSmall), 'unseen_hinge'),
      smallest: await at('smallest', 0.2),
      random: await at('random', 0.2),
      largest: await at('largest', 0.2),
    };
  } finally {
    await bench.dispose();
  }
}

/** Tests of `li-quick` from these seeds. */
export function learnsFromMatchingContexts(seeds: readonly number[]): void {
  describe.each(seeds)('li-quick, seed %i', (seed) => {
    const trained = oneLayerRun('li-quick', { seed, 'evaluate.prompts': 2000, 'task.lengths': [] });

    it('learns tasks that it was never trained on, by attending to contexts with the pattern of the query', async () => {
      const { metric, end } = await trained;
      expect(end('unseen_error')).toBeLessThanOrEqual(0.02);
      expect(metric(0, 'attention_on_matching')).toBeGreaterThan(0.4);
      expect(metric(0, 'attention_on_matching')).toBeLessThan(0.48);
      expect(end('attention_on_matching')).toBeGreaterThanOrEqual(0.9);
      expect(end('query_norm') / metric(0, 'query_norm')).toBeGreaterThanOrEqual(3);
      expect(end('query_projection') / end('query_norm')).toBeGreaterThanOrEqual(0.7);
    });

    it('keeps a class of small neurons, which can be pruned for nothing; the order of the others matters', async () => {
      const { snapshot, magnitudes, end } = await trained;
      const small = magnitudes.filter((magnitude) => magnitude < 0.25).length;
      expect(small).toBeGreaterThanOrEqual(2);
      expect(end('small_neurons')).toBe(small);
      expect(magnitudes.filter((magnitude) => magnitude > 0.22 && magnitude < 0.3)).toEqual([]);
      const hinge = await prunedHinge(snapshot, small);
      console.log(`seed ${seed}: ${small} small, unseen ${end('unseen_error')}, ${JSON.stringify(hinge)}`);
      expect(Math.abs(hinge.withoutSmall - hinge.whole)).toBeLessThanOrEqual(0.002);
      expect(hinge.random - hinge.smallest).toBeGreaterThanOrEqual(0.01);
      expect(hinge.largest - hinge.random).toBeGreaterThanOrEqual(0.01);
    });
  });
}
