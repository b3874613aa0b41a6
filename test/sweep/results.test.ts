import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resultsLatex, resultsMarkdown, resultsText, tableOf } from '../../src/cli/sweep/tables.ts';
import { Series } from '../../src/core/series.ts';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import { knownMeasures } from '../../src/models/known/measures.ts';
import { encodeSnapshot } from '../../src/snapshots/format.ts';
import type { Design } from '../../src/sweep/cells.ts';
import { curvesFigure } from '../../src/sweep/figures/curves.ts';
import { heatmapFigure } from '../../src/sweep/figures/heatmap.ts';
import { valuesFigure } from '../../src/sweep/figures/values.ts';
import { type Group, groupsOf, spreadOf } from '../../src/sweep/groups.ts';
import { type Measured, type Outcome, outcomeOf } from '../../src/sweep/outcome.ts';
import { matrixOf, spreadOver } from '../../src/sweep/overview.ts';
import type { CellResult } from '../../src/sweep/results.ts';
import type { CellState } from '../../src/sweep/state.ts';
import { example } from '../snapshots/example.ts';
import { fakeSweep } from '../ui/sweep/fake_sweep.ts';

/** A sweep whose runs came to 1, 10, 100, …, but for those that have not begun. */
function resultsOf(states: readonly CellState[], design: Partial<Design>) {
  const data = fakeSweep(states, design);
  const results = data.sweep.cells.map((cell, index): CellResult => {
    const measured: Measured = { metric: 'eval_loss', last: 10 ** index, best: 1, bestStep: 1, stderr: null, n: null };
    const rate: Measured = { ...measured, metric: 'learning_rate', best: null, bestStep: null };
    const curve = new Series();
    curve.push(1, 10 ** index);
    const metrics = new MetricCatalogue(knownMeasures());
    const outcome = { metrics, measured: [measured, rate], curves: new Map([['eval_loss', curve]]) };
    return cell.state === 'waiting' ? { cell } : { cell, outcome: outcome as unknown as Outcome };
  });
  return { data, sweep: data.sweep, results };
}

const heads = { 'model.heads': [4, 8] };

describe('means over seeds', () => {
  it('take in no run that failed, in results and on the screen alike', () => {
    const { data, sweep, results } = resultsOf(['done', 'failed', 'done'], { grid: { 'model.heads': [4] } });
    const spreads = groupsOf(sweep, results).map((group) => spreadOf(group, 'eval_loss', 'last'));
    expect(spreads).toMatchObject([{ mean: 50.5, lowest: 1, n: 2 }]);
    const [metric] = [...data.cells[0]!.last.keys()];
    expect(spreadOver(matrixOf(data).combinations[0]!, metric!).n).toBe(2);
  });

  it('say over what else they are taken, and how many runs are not done', () => {
    const three = { grid: { ...heads, 'task.noise': [0.1, 0.2], 'train.batch': [1, 2] }, seeds: [0, 1] };
    const { sweep, results } = resultsOf(['done'], three);
    const [title] = resultsText(sweep, results, { rows: 'heads', columns: 'batch' });
    expect(title).toMatch(/mean ± sd over seeds, task\.noise\), 4 runs$/);
    expect(resultsText(sweep, results, {})[0]).toMatch(/mean ± sd over seeds\), 2 seeds$/);
    const zip = { 'model.heads': [4, 8], 'task.noise': [0.1, 0.2] };
    const paired = resultsOf(['done'], { grid: {}, zip, seeds: [0] });
    expect(resultsText(paired.sweep, paired.results, {})[0]).toMatch(/, 1 seed$/);
    // What moves together stands down, so that no cell is empty; what moves by itself stands across.
    expect(tableOf(paired.sweep, paired.results, {})).toMatchObject({
      heads: [''],
      rows: [{ name: 'heads 4 · noise 0.1' }, { name: 'heads 8 · noise 0.2' }],
    });
    const mixed = resultsOf(['done'], { grid: { 'train.batch': [1, 2, 3] }, zip, seeds: [0] });
    expect(tableOf(mixed.sweep, mixed.results, {})).toMatchObject({ corner: 'train.batch', heads: ['1', '2', '3'] });
    expect(tableOf(mixed.sweep, mixed.results, {}).rows).toHaveLength(2);
    const some = resultsOf(['done', 'running', 'failed', 'waiting'], { grid: heads, seeds: [0, 1] });
    expect(tableOf(some.sweep, some.results, {}).title).toMatch(/; 2 of 4 runs unfinished, 1 failed\)$/);
  });

  it('are refused where they would mean nothing', () => {
    const { sweep, results } = resultsOf(['done'], { grid: { ...heads, 'task.noise': [0.1, 0.2] } });
    const table = (options: Parameters<typeof tableOf>[2]) => () => tableOf(sweep, results, options);
    expect(table({ metric: 'learning_rate', which: 'best' })).toThrow(/^--value best: of learning_rate no value is/);
    // A metric goes by what tables call it, too.
    expect(table({ metric: 'eval' })()).toEqual(table({ metric: 'eval_loss' })());
    expect(table({ rows: 'head' })).toThrow(/^--rows: head does not vary .*expected one of model\.heads, task\.noise$/);
    expect(table({ rows: 'noise' })).toThrow(/^--rows: task\.noise is in the columns; .*--columns as well/);
  });

  it('stand in LaTeX and Markdown whatever their settings are', () => {
    const odd = '50%_of {a|b} & ~$c^2 \\#';
    const { sweep, results } = resultsOf(['done'], { grid: { ...heads, 'task.name_of': [odd] }, seeds: [0] });
    const table = tableOf(sweep, results, {});
    const [, , , latex] = resultsLatex(table);
    const escaped = '50\\%\\_of \\{a|b\\} \\& \\textasciitilde{}\\$c\\textasciicircum{}2 \\textbackslash{}\\#';
    expect(latex).toBe(`task.name\\_of & ${escaped} \\\\`);
    expect(resultsMarkdown(table)[0]).toBe('| task.name_of | 50%_of {a\\|b} & ~$c^2 \\\\# |');
  });
});

describe('figures say of which values not all runs are done', () => {
  const { sweep, results } = resultsOf(['done', 'done', 'done', 'running', 'failed', 'failed', 'waiting'], {
    grid: { 'model.heads': [4, 8, 16, 32], 'task.noise': [1] },
    seeds: [0, 1],
  });
  const groups = groupsOf(sweep, results);
  const spread = (group: Group) => spreadOf(group, 'eval_loss', 'last');
  const under = '3 of 8 runs unfinished, 2 failed';

  it('values: a ring, and a cross where all failed', () => {
    const svg = valuesFigure(groups, spread, { along: 'model.heads', title: 't' });
    expect(svg).toContain(`${under} · ring: not all runs · ×: all failed`);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
    expect(svg.match(/>×<\/text>/g)).toHaveLength(1);
    for (const label of ['4', '8', '16', '32']) expect(svg).toContain(`>${label}</text>`);
    const whole = groups.slice(0, 1);
    expect(valuesFigure(whole, spread, { along: 'model.heads', title: 't' })).not.toMatch(/ring|×|runs/);
  });

  it('heatmaps: in their cells', () => {
    const svg = heatmapFigure(groups, spread, { rows: 'model.heads', columns: 'task.noise', title: 't' });
    for (const text of [under, '1 of 2 done', 'all 2 failed', '0 of 2 done']) expect(svg).toContain(text);
    expect(svg.match(/<rect[^>]*stroke-dasharray/g)).toHaveLength(2);
    expect(svg).toContain('>mean of 2 seeds ± 1');
  });

  it('heatmaps: of more settings name each picture in a line of its own', () => {
    const grid = { 'model.heads': [4, 8], 'task.noise': [1, 2], 'train.learning_rate': [0.001, 0.01] };
    const { sweep, results } = resultsOf(['done'], { grid, seeds: [0] });
    const one = (group: Group) => spreadOf(group, 'eval_loss', 'last');
    const layout = { rows: 'model.heads', columns: 'task.noise', title: 't' };
    const svg = heatmapFigure(groupsOf(sweep, results), one, layout);
    const heights = (text: string) =>
      [...svg.matchAll(/<text x="[\d.]+" y="([\d.]+)"[^>]*>([^<]*)</g)].flatMap(([, y, said]) =>
        said!.startsWith(text) ? [Number(y)] : [],
      );
    const [titles, labels] = [heights('learning_rate'), heights('task.noise →')];
    expect([titles.length, labels.length]).toEqual([2, 2]);
    for (const [i, y] of labels.entries()) expect(y - titles[i]!).toBeGreaterThanOrEqual(16);
  });

  it('curves: in their legend', () => {
    const svg = curvesFigure(groups, 'eval_loss', 't');
    for (const text of [under, 'heads 8 · noise 1 (1 of 2 done)', 'heads 16 · noise 1 (all 2 failed)']) {
      expect(svg).toContain(text);
    }
    expect(svg).toContain('>heads 4 · noise 1</text>');
  });
});

it('the best value goes by the direction of its metric, and is that of a stretch where a curve is kept in stretches', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'incline-outcome-'));
  try {
    const curve = (last: number) => ({
      step: Float64Array.of(100, 400),
      min: Float32Array.of(0.5, 0.2),
      max: Float32Array.of(2, 0.9),
      last: Float32Array.of(1, last),
    });
    const history = {
      eval_loss: curve(0.7),
      steps_per_second: curve(0.9),
      learning_rate: curve(0.7),
      train_loss: curve(0.2),
    };
    const common = { v: 1, seq: 1, time: '2026-01-02T03:04:05.678Z', step: 400 } as const;
    const values = { eval_loss: { mean: 0.7, stderr: 0.1, n: 20 }, train_loss: { mean: 0.2, stderr: null, n: 0 } };
    const path = join(folder, 'a.safetensors');
    writeFileSync(path, encodeSnapshot({ ...example, history, events: [{ ...common, type: 'evaluated', values }] }));
    const { measured } = await outcomeOf(path);
    const rows = measured.map(({ metric, last, best, bestStep, stderr, n }) => [
      metric,
      last,
      best,
      bestStep,
      stderr,
      n,
    ]);
    expect(rows).toEqual(
      [
        ['eval_loss', 0.7, Math.fround(0.2), 400, 0.1, 20],
        // As it was measured, where the curve has it in single precision.
        ['train_loss', 0.2, 0.2, 400, null, null],
        ['learning_rate', Math.fround(0.7), null, null, null, null],
        ['steps_per_second', Math.fround(0.9), 2, 100, null, null],
      ].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
