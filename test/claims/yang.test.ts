import { describe, expect, test, vi } from 'vitest';
import type { Estimate } from '../../src/protocol/events.ts';
import { openSession } from './session.ts';
import { train } from './train.ts';

// Training takes a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

const gap = (values: Readonly<Record<string, Estimate>>) => values['gap']!.mean!;

describe.each([0, 1, 2])('yang-quick, seed %i', (seed) => {
  // Enough prompts that four standard errors are a sharp test.
  const trained = train('yang-quick', { seed, 'evaluate.prompts': 4000 });

  test('the gap to the floor falls at least 300× within 30 s', async () => {
    const { start, end, seconds } = await trained;
    expect(gap(start) / gap(end)).toBeGreaterThan(300);
    expect(seconds).toBeLessThan(30);
  });

  test('inference losses measured through the network agree with their closed forms, before and after training', async () => {
    const { start, end } = await trained;
    for (const values of [start, end]) {
      const within = (name: string, expected: number) => {
        const { mean, stderr } = values[name]!;
        expect(stderr!).toBeGreaterThan(0);
        expect(Math.abs(mean! - expected), name).toBeLessThan(4 * stderr!);
      };
      within('in_domain_inference_loss', 2 * gap(values));
      within('out_of_domain_inference_loss', values['expected_out_of_domain_inference_loss']!.mean!);
      expect(values['expected_in_domain_inference_loss']!.mean!).toBeCloseTo(2 * gap(values), 12);
    }
  });

  test('out-of-domain lies between 4 and 4 + m times in-domain', async () => {
    const { end } = await trained;
    const ratio = end['expected_out_of_domain_inference_loss']!.mean! / end['expected_in_domain_inference_loss']!.mean!;
    expect(ratio).toBeGreaterThan(4);
    expect(ratio).toBeLessThan(8);
  });
});

test.each([0, 1, 2])("yang-quick: the heads' attention sharpens, seed %i", async (seed) => {
  const unroll = 10;
  const { experiment, session, controls } = await openSession('yang-quick', { seed }, unroll);
  const entropy = async () => {
    const { data, shape } = (await session.probe())['attention']!;
    const nats = Array.from(data).reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
    return nats / (data.length / shape.at(-1)!);
  };
  const start = await entropy();
  while (session.step < experiment.config.train.steps) await session.advance(unroll, controls);
  const end = await entropy();
  await session.dispose();
  console.log(
    `seed ${seed}: mean entropy ${start.toFixed(2)} → ${end.toFixed(2)} of at most ${Math.log(8).toFixed(2)} nats`,
  );
  expect(start).toBeGreaterThan(1.6);
  expect(end).toBeLessThan(start - 0.25);
});

test('yang-tiny: more heads end lower, H = N/2, N, 2N, 4N over seeds 0–4', async () => {
  const headCounts = [4, 8, 16, 32];
  const seeds = Array.from({ length: 5 }, (_, seed) => seed);
  const gaps: number[][] = [];
  for (const heads of headCounts) {
    const row: number[] = [];
    for (const seed of seeds) row.push(gap((await train('yang-tiny', { seed, 'model.heads': heads })).end));
    gaps.push(row);
  }
  const means = gaps.map((row) => Math.exp(row.reduce((sum, value) => sum + Math.log(value), 0) / row.length));
  console.log(headCounts.map((heads, i) => `H=${heads} ${means[i]!.toExponential(2)}`).join('  '));
  for (let i = 1; i < means.length; i++) {
    expect(means[i]!, `H = ${headCounts[i]}`).toBeLessThan(means[i - 1]!);
  }
  const ordered = seeds.filter((seed) => headCounts.every((_, i) => i === 0 || gaps[i]![seed]! < gaps[i - 1]![seed]!));
  expect(ordered.length).toBeGreaterThanOrEqual(4);
  // The loss starts at about 2.
  expect(means.at(-1)).toBeLessThan(5e-4);
  expect(Math.max(...gaps.at(-1)!)).toBeLessThan(0.02);
  // Fewer heads than prompt tokens stall well above the floor.
  expect(Math.min(...gaps[0]!)).toBeGreaterThan(0.02);
});
