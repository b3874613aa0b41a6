import { expect, it } from 'vitest';
import { groupsOf, spreadOf } from '../../src/sweep/groups.ts';
import type { Measured, Outcome } from '../../src/sweep/outcome.ts';
import { matrixOf, spreadOver } from '../../src/sweep/overview.ts';
import { fakeSweep } from '../ui/sweep/fake_sweep.ts';

it('takes no run that failed into a mean, in results and on the screen alike', () => {
  const data = fakeSweep(['done', 'failed', 'done'], { grid: { 'model.heads': [4] }, seeds: [0, 1, 2] });
  const results = data.sweep.cells.map((cell, index) => {
    const measured = { metric: 'eval_loss', last: 10 ** index, best: null, bestStep: null, stderr: null, n: null };
    return { cell, outcome: { measured: [measured satisfies Measured] } as unknown as Outcome };
  });
  const groups = groupsOf(data.sweep, results);
  expect(groups.map((group) => spreadOf(group, 'eval_loss', 'last'))).toMatchObject([{ mean: 50.5, lowest: 1, n: 2 }]);
  const [metric] = [...data.cells[0]!.last.keys()];
  expect(spreadOver(matrixOf(data).combinations[0]!, metric!).n).toBe(2);
});
