import { expect, test } from 'vitest';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import { reduceRunEvents } from '../../src/runs/reduce.ts';
import { emptyRun, type RunState } from '../../src/runs/state.ts';
import { curvesAsCsv } from '../../src/snapshots/texts.ts';
import { chartsOf, drawnMetrics, levelsOf, shownChart } from '../../src/ui/state/shown_metrics.ts';
import { mask } from './interventions/cases.ts';
import { steered } from './steered.ts';

const settings = {
  task: { name: 'markov_chain', vocabulary: 3, length: 12 },
  model: { name: 'decoder', layers: 2, heads: 2, width: 8, mlp_width: 8 },
  train: { optimizer: 'adam', learning_rate: 0.01, batch: 8, steps: 8 },
  evaluate: { every: 4, prompts: 10 },
  probe: { prompts: 3 },
  device: 'cpu',
  threads: 1,
};

const addresses = ['L0H0', 'L0H1', 'L1H0', 'L1H1'];
const shown = (run: RunState, head: number, chart = 'heads') => {
  const view = { chart, head };
  const found = shownChart({ run, view });
  return { title: found.title, names: drawnMetrics(run, found).map(({ name }) => name), levels: levelsOf(run, found) };
};

test('evaluations journal what every head attends to, as pictures have it, and snapshots keep the curves', async () => {
  const { events, snapshot } = await steered(settings, []);
  const evaluated = events.filter((event) => event.type === 'evaluated' && 'eval_loss' in event.values);
  expect(evaluated.map(({ step }) => step)).toEqual([0, 4, 8]);
  const last = evaluated.at(-1) as Extract<(typeof events)[number], { type: 'evaluated' }>;
  for (const name of ['head_previous', 'head_match']) {
    const pictured = snapshot.probe[name]!.data;
    for (const [at, address] of addresses.entries()) {
      expect(last.values[`${name}/${address}`]).toEqual({ mean: pictured[at], stderr: null, n: 3 });
    }
  }
  expect(last.values['head_match_chance']!.mean).toBeCloseTo(snapshot.probe['head_match_chance']!.data[0]!, 6);
  const csv = curvesAsCsv(snapshot.history).split('\n');
  for (const address of addresses) {
    expect(csv.filter((line) => line.startsWith(`head_previous/${address},`))).toHaveLength(3);
  }
});

test('a chart shows the selected head, with what even attention would give', async () => {
  const { events } = await steered(settings, []);
  const run = reduceRunEvents(emptyRun, events);
  expect(chartsOf(run).at(-1)!.name).toBe('heads');
  expect(shown(run, 0)).toMatchObject({ title: 'attention of L0H0', names: ['head_match/L0H0', 'head_previous/L0H0'] });
  expect(shown(run, 3)).toMatchObject({ title: 'attention of L1H1', names: ['head_match/L1H1', 'head_previous/L1H1'] });
  expect(shown(run, 3).levels).toMatchObject([
    { label: 'matches, even', value: run.estimates['head_match_chance']!.mean },
  ]);
  expect(run.metrics.title('head_match/L1H1')).toBe('Attention of L1H1 on tokens that match, as an induction head has');
});

test('a chart of some curves alone is none, unless it is of heads', () => {
  const curve = (name: string) => ({ role: 'in_domain', names: [name] }) as const;
  const metrics = new MetricCatalogue({
    metrics: [],
    charts: [{ name: 'pair', title: 'pair', curves: ['a', 'b'].map(curve) }],
  });
  const run = reduceRunEvents(emptyRun, []);
  const curves = new Map(['a', 'head_previous/L0H0'].map((name) => [name, run.curves.get(name)!]));
  expect(chartsOf({ ...run, metrics, curves }).map(({ name }) => name)).toEqual(['loss', 'heads']);
});

test('an intervention on a head is marked, and its scores stand beside those of the intact model', async () => {
  const { events } = await steered(settings, [mask(2, 'probe', 'L1H0=uniform')]);
  const [bent] = events.filter((event) => event.type === 'evaluated' && event.step === 4 && event.intact);
  const { values, intact } = bent as Extract<(typeof events)[number], { type: 'evaluated' }>;
  expect(values['head_previous/L1H0']!.mean).not.toBe(intact!['head_previous/L1H0']!.mean);
  expect(values['head_previous/L0H0']!.mean).toBe(intact!['head_previous/L0H0']!.mean);
  const run = reduceRunEvents(emptyRun, events);
  expect(run.marks.map(({ label }) => label)).toContain('L1H0 uniform (probe)');
  expect(run.probed.curves.get('head_match/L1H0')!.length).toBeGreaterThan(0);
});
