import { expect, test } from 'vitest';
import { trainForItsBudget } from './budgeted.ts';

const headCounts = [1, 2, 4, 8, 16, 32];

test.each([0, 1])('yang-fig5-small: in 12 seconds too many heads are worse, seed %i', async (seed) => {
  const runs = new Map<number, Awaited<ReturnType<typeof trainForItsBudget>>>();
  for (const heads of headCounts) runs.set(heads, await trainForItsBudget({ seed, 'model.heads': heads }));

  // The learning rate does not look ahead: a run cut at this step is the run that was planned to end there.
  const common = Math.max(
    ...runs.get(32)!.evaluatedAt.filter((step) => [...runs.values()].every((run) => run.evaluatedAt.includes(step))),
  );
  const rows = [...runs].map(([heads, run]) => {
    const [end, same] = [run.lossesAt(run.steps), run.lossesAt(common)];
    return [heads, run.steps, run.stepsPerSecond, end.inDomain, end.excess, same.inDomain, same.excess];
  });
  const head = ['heads', 'steps', 'steps/s', 'in-domain', 'loss - L*', `at ${common}`, 'loss - L*'];
  console.log([`seed ${seed}`, ...[head, ...rows].map(tableLine)].join('\n'));

  for (const { ending } of runs.values()) expect(ending).toBe('budget');
  expect(runs.get(32)!.stepsPerSecond).toBeLessThan(runs.get(1)!.stepsPerSecond);
  const final = (heads: number) => runs.get(heads)!.lossesAt(runs.get(heads)!.steps).inDomain;
  expect(final(4)).toBeLessThan(final(32));
});

function tableLine(cells: readonly (number | string)[]): string {
  return cells
    .map((cell) => (typeof cell === 'string' || Number.isInteger(cell) ? cell : cell.toPrecision(3)))
    .map((cell) => String(cell).padStart(10))
    .join('');
}
