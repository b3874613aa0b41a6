import { expect, test } from 'vitest';
import { trainForItsBudget } from './budgeted.ts';

const headCounts = [1, 2, 4, 8, 16, 32];

test.each([0, 1])('yang-fig5-small: in 12 seconds too many heads are worse, seed %i', async (seed) => {
  const runs = new Map<number, Awaited<ReturnType<typeof trainForItsBudget>>>();
  for (const heads of headCounts) runs.set(heads, await trainForItsBudget({ seed, 'model.heads': heads }));

  // The learning rate does not look ahead, so a run up to this step is the run that was planned to end there.
  const common = Math.min(...[...runs.values()].map(({ steps }) => steps));
  const rows = [...runs].map(([heads, run]) => {
    const [early, end, same] = [run.steps / 4, run.steps, common].map((step) => run.lossesAt(step));
    return [heads, run.steps, run.stepsPerSecond, early!.inDomain, end!.inDomain, same!.inDomain, end!.excess];
  });
  const head = ['heads', 'steps', 'steps/s', 'd at 3 s', 'd at 12 s', `d at #${common}`, 'excess'];
  const legend = 'd: in-domain inference loss; excess: loss above the ridge limit at 12 s';
  console.log([`seed ${seed}; ${legend}`, ...[head, ...rows].map(tableLine)].join('\n'));

  for (const { ending } of runs.values()) expect(ending).toBe('budget');
  expect(runs.get(32)!.stepsPerSecond).toBeLessThan(runs.get(1)!.stepsPerSecond);
  const inDomain = (heads: number, at: (run: { readonly steps: number }) => number) =>
    runs.get(heads)!.lossesAt(at(runs.get(heads)!)).inDomain;
  const early = (heads: number) => inDomain(heads, ({ steps }) => steps / 4);
  const final = (heads: number) => inDomain(heads, ({ steps }) => steps);
  const same = (heads: number) => inDomain(heads, () => common);
  expect(early(32)).toBeGreaterThan(1.3 * early(4));
  expect(final(32)).toBeGreaterThan(final(4));
  // What many heads lack is steps.
  expect(same(32)).toBeLessThan(1.1 * same(1));
});

function tableLine(cells: readonly (number | string)[]): string {
  return cells
    .map((cell) => (typeof cell === 'string' || Number.isInteger(cell) ? cell : cell.toPrecision(3)))
    .map((cell) => String(cell).padStart(10))
    .join('');
}
