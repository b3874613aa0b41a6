import { expect, test, vi } from 'vitest';
import type { Estimate } from '../../src/protocol/events.ts';
import { train } from './train.ts';

// Three minutes of a core for the first.
vi.setConfig({ testTimeout: 2_400_000 });

const mean = (values: Readonly<Record<string, Estimate>>, name: string): number => values[name]!.mean!;

test("yang-fig2a at the paper's size: the gap levels at about 0.1, inference losses fall together", async () => {
  const { start, end, seconds } = await train('yang-fig2a', {});
  const gap = mean(end, 'gap');
  const above = mean(end, 'expected_out_of_domain_inference_loss') / mean(end, 'expected_in_domain_inference_loss');
  const fall = (name: string) => mean(start, name) / mean(end, name);
  const falls = ['in_domain_inference_loss', 'out_of_domain_inference_loss'].map(fall);
  console.log(
    `gap ${gap.toPrecision(3)}, out of domain ${above.toPrecision(3)} times above, falls ${falls.map((by) => by.toPrecision(3)).join(' ')}, ${seconds.toFixed(0)} s`,
  );
  expect(gap).toBeGreaterThan(0.04);
  expect(gap).toBeLessThan(0.2);
  expect(above).toBeGreaterThan(4);
  expect(above).toBeLessThan(7);
  for (const by of falls) expect(by).toBeGreaterThan(30);
});

test.each([50, 100])(
  'yang-fig3 at N = %i comes to the ridge limit, and as far from best as the closed form says',
  async (N) => {
    const { end, seconds, ridgeGap } = await train('yang-fig3', {
      'task.prompt_examples': N,
      'evaluate.prompts': 1000,
    });
    const [toLimit, toBest] = [mean(end, 'in_domain_inference_loss'), mean(end, 'gap_to_best_ridge')];
    console.log(
      `N=${N}: to limit ${toLimit.toExponential(2)}, to best ${toBest.toExponential(2)}, closed form ${ridgeGap.toExponential(2)}, ${seconds.toFixed(0)} s`,
    );
    if (N === 100) {
      expect(ridgeGap).toBe(0);
      expect(toLimit).toBeLessThan(0.01);
      expect(toBest).toBeCloseTo(toLimit, 10);
    } else {
      expect(toLimit).toBeLessThan(1e-4);
      expect(Math.abs(toBest - ridgeGap)).toBeLessThan(0.1 * ridgeGap);
    }
  },
);
