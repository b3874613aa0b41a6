import { expect, test } from 'vitest';
import { compareText } from '../../../src/cli/compare/text.ts';
import { Series } from '../../../src/core/series.ts';
import {
  type Compared,
  curveAlong,
  differences,
  earlierEvaluations,
  isSure,
  metricRows,
} from '../../../src/runs/compare/compared.ts';
import { compareFigure } from '../../../src/runs/compare/figure.ts';
import { headTable } from '../../../src/runs/compare/head_table.ts';
import { compareCsv, compareJson } from '../../../src/runs/compare/report.ts';
import { headPatterns } from '../../../src/runs/patterns.ts';
import { comparedRun } from './fake_runs.ts';

const runs = (): Compared[] => [
  comparedRun('four', { heads: 4, loss: 0.4, batch: 10 }),
  comparedRun('eight', { heads: 8, loss: 0.1, batch: 20 }),
  comparedRun('sixteen', { heads: 16, loss: 0.2, batch: 20, extra: true }),
];

test('the best of each metric is marked, by its own direction; metrics only one run has are not', () => {
  const rows = Object.fromEntries(metricRows(runs()).map((row) => [row.name, row]));
  expect(rows['in_domain_inference_loss']!.best).toBe(1);
  expect(rows['train_loss']!.best).toBe(1);
  expect(rows['seen_error']!.best).toBe(-1);
  expect(rows['seen_error']!.values.map((value) => value?.mean)).toEqual([undefined, undefined, 3]);
  expect(rows['ridge_limit_loss']!.best).toBe(-1);
});

test('the best is sure where it is beyond two standard errors of the difference, and by its value without them', () => {
  const rowOf = (...losses: number[]) => {
    const all = losses.map((loss, i) => comparedRun(String(i), { heads: 4, loss, batch: 10 }));
    return Object.fromEntries(metricRows(all).map((row) => [row.name, row]));
  };
  // Errors are a tenth: .2 / √(.1² + .12²).
  const close = rowOf(1, 1.2)['in_domain_inference_loss']!;
  expect(close.lead?.sigma).toBeCloseTo(0.2 / Math.hypot(0.1, 0.12), 9);
  expect([close.best, isSure(close)]).toEqual([0, false]);
  const far = rowOf(1.5, 1, 1.45)['in_domain_inference_loss']!;
  expect(far.lead?.sigma).toBeCloseTo(0.45 / Math.hypot(0.1, 0.145), 9);
  expect([far.best, isSure(far)]).toEqual([1, true]);
  const unknown = rowOf(1, 1.01)['train_loss']!;
  expect([unknown.lead, isSure(unknown)]).toEqual([null, true]);
  expect(isSure(rowOf(1, 1)['in_domain_inference_loss']!)).toBe(false);
});

test('as text the lowest is marked, and said where it is within noise', () => {
  const close = [1, 1.2].map((loss, i) => comparedRun(String(i), { heads: 4, loss, batch: 10 }));
  expect(compareText(close).at(-1)).toMatch(/^✓ within noise of another: In-domain distance from the ridge limit/);
  expect(compareText(runs()).join()).not.toContain('within noise');
});

test('a figure sets in bold what is best beyond noise alone', () => {
  const boldOf = (...losses: number[]) =>
    compareFigure(losses.map((loss, i) => comparedRun(String(i), { heads: 4, loss, batch: 10 }))).match(
      /font-weight="bold">[\d.]+ ± /g,
    );
  expect(boldOf(1, 1.2)).toBeNull();
  expect(boldOf(1, 3)).not.toBeNull();
});

test('means over few runs are told apart by Student’s t, of spreads that differ by Welch’s degrees of freedom', () => {
  const over = (name: string, mean: number, sd: number, n: number): Compared => {
    const run = comparedRun(name, { heads: 4, loss: 1, batch: 10 });
    const estimate = { mean, sd, stderr: null, n };
    return { ...run, state: { ...run.state, estimates: { in_domain_inference_loss: estimate } } };
  };
  const rowOf = (...all: Compared[]) => metricRows(all).find(({ name }) => name === 'in_domain_inference_loss')!;
  // scipy.stats.ttest_ind_from_stats(1, .1, 3, 1.3, .15, 3, equal_var=False): t = 2.8823, 3.4845 degrees of freedom, p = .0529.
  const few = rowOf(over('a', 1, 0.1, 3), over('b', 1.3, 0.15, 3));
  expect(few.lead?.sigma).toBeCloseTo(2.8823, 4);
  expect(few.lead?.needed).toBeCloseTo(2.94617, 4);
  expect(isSure(few)).toBe(false);
  const more = rowOf(over('a', 1, 0.1, 9), over('b', 1.3, 0.15, 9));
  expect([isSure(more), more.lead!.needed < 2.2]).toEqual([true, true]);
});

test('an evaluation of an earlier step is told', () => {
  const [run] = runs() as [Compared];
  const curve = new Series();
  for (const step of [20, 40]) curve.push(step, 0.5);
  const curves = new Map([...run.state.curves, ['in_domain_inference_loss', curve] as const]);
  const estimates = { in_domain_inference_loss: { mean: 0.5, stderr: 0.1, n: 5 } };
  const at = (step: number): Compared => ({
    ...run,
    name: `run@${step}`,
    state: { ...run.state, curves, estimates, step },
  });
  expect(earlierEvaluations([at(40), at(46)])).toEqual(['run@46: evaluated at step 40']);
});

test('settings that differ are listed, and no others', () => {
  expect(differences(runs())).toEqual([
    { path: 'model.heads', values: [4, 8, 16] },
    { path: 'train.batch', values: [10, 20, 20] },
  ]);
});

test('JSON holds the table, the differences and the matched heads; CSV a line for every number', () => {
  const { v, runs: listed, differences: differing, heads } = JSON.parse(JSON.stringify(compareJson(runs())));
  expect(v).toBe(1);
  expect(listed.map(({ name }: { name: string }) => name)).toEqual(['four', 'eight', 'sixteen']);
  expect(listed[1].metrics.in_domain_inference_loss).toEqual({
    mean: 0.1,
    stderr: 0.01,
    n: 5,
    unit: '',
    better: 'lower',
    best: true,
  });
  expect(differing[0]).toEqual({ path: 'model.heads', values: [4, 8, 16] });
  // As on the screen: beside the heads of the run that has the most.
  expect(heads.map(({ run, with: other }: Record<string, string>) => [run, other])).toEqual([
    ['sixteen', 'four'],
    ['sixteen', 'eight'],
  ]);
  const table = headTable(runs().map(({ frame }) => headPatterns(frame)))!;
  for (const [i, { matches }] of heads.entries()) {
    const placed = table.rows[i]!.flatMap((one, head) =>
      one ? [{ head: `L0H${head}`, counterpart: `L0H${one.head}`, similarity: one.similarity }] : [],
    );
    expect(matches).toEqual(placed);
    expect(matches).toHaveLength([4, 8][i]!);
  }
  expect(heads[0].matches[0]).toEqual({ head: 'L0H0', counterpart: 'L0H0', similarity: 1 });
  const lines = compareCsv(runs()).split('\n');
  expect(lines[0]).toBe('metric,run,mean,stderr,n,best');
  expect(lines).toContain('in_domain_inference_loss,eight,0.1,0.01,5,true');
});

test('curves along time skip nothing and go by the clock; along samples by the batch', () => {
  const [run] = runs();
  const clock = new Series();
  for (const [step, seconds] of [
    [0, 0],
    [10, 1],
    [20, 3],
  ] as const) {
    clock.push(step, seconds);
  }
  const timed = curveAlong({ ...run!, clock }, 'train_loss', 'time')!.view();
  expect([0, 5, 10, 15, 20].map((i) => timed.at(i)!.step)).toEqual([0, 500, 1000, 2000, 3000]);
  expect(curveAlong({ ...run!, clock: new Series() }, 'train_loss', 'time')).toBeUndefined();
  const samples = curveAlong(run!, 'train_loss', 'samples')!.view();
  expect(samples.at(7)!.step).toBe(70);
  expect(samples.at(7)!.value).toBe(run!.state.curves.get('train_loss')!.view().at(7)!.value);
});
