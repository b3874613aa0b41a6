import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import { textWidth, toPlain } from '../../src/plot/text.ts';
import type { EventBody } from '../../src/protocol/events.ts';
import type { Metric } from '../../src/protocol/measures.ts';
import { patternMeasures } from '../../src/tasks/pattern/measures.ts';
import { placesBySteps } from '../../src/ui/panels/context/by_steps.ts';
import { learnersOf } from '../../src/ui/panels/context/learners.ts';
import { contextPanel } from '../../src/ui/panels/context/panel.ts';
import type { Panel } from '../../src/ui/panels/contract.ts';
import { mechanismPanel } from '../../src/ui/panels/mechanism/panel.ts';
import { neuronsPanel } from '../../src/ui/panels/neurons/panel.ts';
import { update } from '../../src/ui/run/update.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { trailWith } from '../../src/ui/state/trail.ts';
import { modelAt, press, rowsOn } from './fake_model.ts';

const exact = (mean: number) => ({ mean, stderr: null, n: 0 });

const evaluated = (step: number): EventBody => ({
  type: 'evaluated',
  step,
  values: {
    attention_on_matching: exact(0.4 + step / 1000),
    'attention_on_matching/L0H0': exact(0.5),
    'unseen_error_at/6': exact(0.25),
    'unseen_error_at/20': exact(0),
    'baseline/nearest_1/unseen_error_at/6': exact(0.125),
    'baseline/nearest_1/unseen_error_at/20': exact(0.0625),
    'baseline/nearest_3/unseen_error_at/6': exact(0.5),
    'baseline/logistic/unseen_error_at/20': exact(0.03),
  },
});

/** Two neurons: one that has grown along its direction, one that has stayed. */
const neurons = (step: number) => ({
  step,
  tensors: {
    neuron_feature: { shape: [2, 2], data: Float32Array.of(step / 100, 0.1, 0.05, 1.6) },
    neuron_label: { shape: [2, 2], data: Float32Array.of(step / 50, 3.1, 0.05, 1.5) },
    neuron_sign: { shape: [2], data: Float32Array.of(-1, 1) },
    neuron_magnitude: { shape: [1, 2], data: Float32Array.of(0.5, 0.1) },
  },
});

function learnt(size = { columns: 120, rows: 40 }): Model {
  const start = modelAt(100, { ...size, more: [evaluated(110), evaluated(400)] });
  return [10, 100, 400].reduce<Model>(
    (model, step) => update(model, { type: 'probe', frame: neurons(step) }).model,
    start,
  );
}

const drawn = <S>(panel: Panel<S>, model: Model, columns = 60, rows = 20) =>
  toPlain(panel.draw(panel.select(model, undefined), { columns, rows }).body);

describe('error against context length', () => {
  it('puts the model first and the others behind, each with a letter of its own', () => {
    const learners = learnersOf(learnt().run, 'unseen_error_at');
    expect(learners.map(({ title }) => title)).toEqual(['in context', 'nearest 1', 'nearest 3', 'logistic']);
    expect(learners.map(({ symbol }) => symbol)).toEqual(['●', '1', '3', 'l']);
    expect(learners[1]!.points).toEqual([
      { at: 6, value: 0.125 },
      { at: 20, value: 0.0625 },
    ]);
  });

  it('draws every learner and says its errors by length; what was not measured is a dash', () => {
    const text = drawn(contextPanel, learnt());
    // The least at each length is marked.
    expect(text).toMatch(/● in context +0\.250 +0✓/);
    expect(text).toMatch(/1 nearest 1 +0\.125✓ +0\.0625 /);
    expect(text).toMatch(/3 nearest 3 +0\.500 +–/);
    const [chart] = text.split('length');
    for (const symbol of ['●', '1', '3']) expect(chart).toContain(symbol);
  });

  it('lists the best of the learners where there is no room for all', () => {
    const text = drawn(contextPanel, learnt(), 60, 10);
    expect(text).toContain('1 nearest 1');
    expect(text).toContain('l logistic');
    expect(text).not.toContain('nearest 3');
  });

  it('does not draw an error of 0 where the least of the others is', () => {
    const chart = drawn(contextPanel, learnt()).split('\n');
    const zero = chart.findIndex((row) => row.trimEnd().endsWith('●'));
    const least = chart.findIndex((row) => row.trimEnd().endsWith('l'));
    expect(zero).toBeGreaterThan(least);
  });

  const pools = (step: number, ...errors: readonly number[]): EventBody => ({
    type: 'evaluated',
    step,
    values: Object.fromEntries(
      errors.flatMap((error, at) => [
        [`unseen_error_at/${4 * at}`, exact(error)],
        [`new_error_at/${4 * at}`, exact(error + 7)],
        [`baseline/ridge/new_error_at/${4 * at}`, exact(9)],
      ]),
    ),
  });

  it('shows one family at a time, and by a key each by step', () => {
    const more: Metric = {
      name: 'new_error_at/#',
      title: 'Error on new tasks after # examples',
      short: 'new #',
      better: 'lower',
      role: 'other',
      along: 'examples',
    };
    const measured = modelAt(100, { more: [pools(110, 4, 2), pools(400, 2, 1)] });
    const metrics = new MetricCatalogue({ metrics: [...patternMeasures.metrics, more] });
    const both: Model = { ...measured, run: { ...measured.run, metrics } };
    const picture = (model: Model) =>
      contextPanel.draw(contextPanel.select(model, undefined), { columns: 60, rows: 20 });
    const otherKey = contextPanel.keys.find(({ id }) => id === 'places')!;
    let model = both;
    const titles: string[] = [];
    for (let i = 0; i < 4; i++) {
      titles.push(`${picture(model).title} → ${otherKey.labelNow!(model)}`);
      model = otherKey.act(model, 'v', undefined).model;
    }
    expect(titles).toEqual([
      'Error on unseen tasks after n contexts → by step',
      'Error on unseen tasks after n contexts, by step → new',
      'Error on new tasks after n examples → by step',
      'Error on new tasks after n examples, by step → unseen',
    ]);
    expect(model.view.places).toBe('unseen_error_at');
    expect(learnersOf(both.run, 'new_error_at').map(({ title }) => title)).toEqual(['in context', 'ridge']);
    expect(learnersOf(both.run, 'unseen_error_at').map(({ points }) => points.map(({ value }) => value))).toEqual([
      [2, 1],
    ]);
  });

  it('shows evaluations by place and step, held until the next, and nothing after the last step', () => {
    const { run } = modelAt(100, { more: [pools(110, 4, 2, 1), pools(400, 2, 1, 0)] });
    const range = { columns: 8, from: 0, to: 800, scale: 'linear' } as const;
    const { places, matrix } = placesBySteps(run, 'unseen_error_at', range);
    expect(places).toEqual([0, 4, 8]);
    const rows = places.map((_, row) => [...matrix.data.slice(8 * row, 8 * row + 8)]);
    const none = Number.NaN;
    expect(rows[0]).toEqual([none, 4, 4, 4, none, none, none, none]);
    expect(run.step).toBe(400);
    const later = placesBySteps({ ...run, step: 500 }, 'unseen_error_at', range);
    expect([...later.matrix.data.slice(0, 8)]).toEqual([none, 4, 4, 4, 2, none, none, none]);
    // A page that begins later holds what was measured before it.
    const page = placesBySteps({ ...run, step: 800 }, 'unseen_error_at', { ...range, from: 400 });
    expect([...page.matrix.data.slice(16, 24)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it.each([
    [60, 20],
    [30, 9],
  ])('fits pictures by step into %i × %i, with places, steps and colours', (columns, rows) => {
    const start = modelAt(100, { more: [pools(110, 4, 2, 1), pools(400, 2, 1, 0.5)] });
    const model = { ...start, view: { ...start.view, places: 'unseen_error_at by step' } };
    const { body, detail } = contextPanel.draw(contextPanel.select(model, undefined), { columns, rows });
    expect(body.length).toBeLessThanOrEqual(rows);
    for (const line of body) expect(textWidth(toPlain([line]))).toBeLessThanOrEqual(columns);
    const text = toPlain(body);
    expect(text).toMatch(/^ +0 │/);
    expect(text).toContain('step');
    expect(text).toMatch(/0\.500 .*4\.00/);
    expect(detail).toBe('log colours');
  });

  it('is offered only where errors by length are measured', () => {
    expect(contextPanel.offered!(learnt())).toBe(true);
    expect(contextPanel.offered!(modelAt(100))).toBe(false);
  });
});

describe('mechanism', () => {
  it('shows start, now and the points between, of which two are no way yet; of the whole model before its heads', () => {
    const rows = drawn(mechanismPanel, learnt(), 120).split('\n');
    expect(rows[1]).toMatch(/Attention on contexts with the query's pattern +0\.510 +0\.800 +▁ +▇/);
    // What stays runs level in the middle: over its own range alone a change that no digit shows would leap.
    expect(rows[2]).toMatch(/matching L0H0 +0\.500 +0\.500 +▄ +▄/);
  });
});

describe('neurons', () => {
  it('draws the last step by sign, over the steps before', () => {
    const text = drawn(neuronsPanel, learnt(), 110, 20);
    expect(text).toContain('feature part, angle to mean pattern');
    expect(text).toMatch(/−/);
    expect(text).toMatch(/\+/);
    expect(text).toMatch(/[\u2801-\u28ff]/);
    expect(text).toContain('largest  0.500');
  });

  it('keeps a bounded trail with its ends, and forgets what lies ahead when time goes back', () => {
    const steps = Array.from({ length: 500 }, (_, index) => index + 1);
    const trail = steps.reduce<ReturnType<typeof trailWith>>((kept, step) => trailWith(kept, neurons(step)), []);
    expect(trail.length).toBeLessThanOrEqual(33);
    expect(trail[0]!.step).toBe(1);
    expect(trail.at(-1)!.step).toBe(500);
    const back = trailWith(trail, neurons(40));
    expect(back.at(-1)!.step).toBe(40);
    expect(back.every(({ step }) => step <= 40)).toBe(true);
  });
});

describe.each([
  [80, 24],
  [120, 40],
  [200, 60],
] as const)('at %i × %i', (columns, rows) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('panel %i fills its place, beside others and alone', (key) => {
    for (const keys of [[String(key)], [String(key), 'enter']]) {
      const model = press(learnt({ columns, rows }), ...keys).model;
      const frame = rowsOn(model).map(stripVTControlCharacters);
      expect(frame).toHaveLength(rows);
      for (const row of frame) expect(textWidth(row)).toBe(columns);
    }
  });
});
