/**
 * How time grows with heads, tokens, prompts and steps, one thread: a table with the exponent over the three largest sizes,
 * and one SVG each. Heads, prompts and steps must cost linearly, or this ends with status 1; tokens too, until attention's
 * square shows.
 *
 *     npm run bench:scaling -- FOLDER
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import type { Experiment } from '../../src/trainer/contract/session.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import type { Competitor } from './competitor.ts';
import { encoderExperiment, smallEncoder } from './encoder_step/problem.ts';
import { race } from './measure.ts';
import { onProcessor } from './session.ts';

interface Sweep {
  readonly name: string;
  readonly title: string;
  readonly sizes: readonly number[];
  readonly scalar: string;
  /** Largest exponent that passes: 1, and what a noisy machine adds. */
  readonly most?: number;
  /** Whether sizes are numbers of updates, not of what one works on. */
  readonly steps?: boolean;
  at(size: number): Experiment;
}

const linear = 1.25;

const layer = (heads: number): Experiment => {
  const raw = {
    task: { name: 'representation_regression', prompt_examples: 30, tokens: 100, token_dim: 50, features: 10 },
    model: { name: 'multi_head_softmax', heads },
    train: { learning_rate: 1e-3 },
  };
  return createExperiment(resolveConfig(raw, 'scaling').config, 'scaling');
};

const sweeps: readonly Sweep[] = [
  {
    name: 'heads',
    title: 'Heads of one layer',
    sizes: [4, 8, 16, 32, 64, 128, 256],
    scalar: 'train_gap',
    most: linear,
    at: layer,
  },
  {
    name: 'steps',
    title: 'Steps of a run',
    sizes: [500, 1000, 2000, 4000],
    scalar: 'train_gap',
    most: linear,
    steps: true,
    at: () => layer(8),
  },
  {
    name: 'tokens',
    title: 'Tokens of an encoder',
    sizes: [32, 64, 128, 256],
    scalar: 'train_loss',
    at: (T) => encoderExperiment({ ...smallEncoder, T, N: 16, B: 8 }),
  },
  {
    name: 'prompts',
    title: 'Prompts in a batch of an encoder',
    sizes: [4, 8, 16, 32, 64],
    scalar: 'train_loss',
    most: linear,
    at: (B) => encoderExperiment({ ...smallEncoder, B }),
  },
];

type Point = readonly [size: number, milliseconds: number];

async function measure({ sizes, scalar, steps, at }: Sweep): Promise<Point[]> {
  const competitors: Competitor[] = [];
  for (const size of sizes) competitors.push(await onProcessor(at(size), scalar, 1, 1));
  if (steps) return timeRuns(competitors, sizes);
  const measured = await race(competitors, 9);
  return measured.map(({ times }, i) => [sizes[i]!, Math.min(...times)]);
}

/** The fastest of some runs of so many steps for each competitor, in turn, after a few steps that make it warm. */
async function timeRuns(competitors: readonly Competitor[], counts: readonly number[]): Promise<Point[]> {
  const fastest = counts.map(() => Number.POSITIVE_INFINITY);
  for (const competitor of competitors) await competitor.steps(100);
  for (let round = 0; round < 5; round++) {
    for (const [i, count] of counts.entries()) {
      const start = systemClock.now();
      await competitors[i]!.steps(count);
      fastest[i] = Math.min(fastest[i]!, systemClock.now() - start);
    }
  }
  return counts.map((count, i) => [count, fastest[i]!]);
}

/** Time against size, both logarithmic, beside a line of slope 1 through the last point. */
function drawing(title: string, points: readonly Point[]): string {
  const [width, height, margin] = [480, 360, 60];
  const [last, first] = [points.at(-1)!, points[0]!];
  const linear: Point[] = [[first[0], (last[1] * first[0]) / last[0]], last];
  const all = [...points, ...linear];
  const scale = (index: 0 | 1, from: number, to: number) => {
    const logs = all.map((point) => Math.log(point[index]));
    const [low, high] = [Math.min(...logs), Math.max(...logs)];
    return (value: number) => (from + ((Math.log(value) - low) / (high - low)) * (to - from)).toFixed(1);
  };
  const [x, y] = [scale(0, margin, width - 20), scale(1, height - margin, 40)];
  const path = (list: readonly Point[]) => list.map(([size, time]) => `${x(size)},${y(time)}`).join(' ');
  const text = (left: number | string, top: number | string, words: string, anchor = 'middle') =>
    `<text x="${left}" y="${top}" text-anchor="${anchor}">${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    text(width / 2, 20, `${title}: milliseconds`),
    `<polyline points="${path(linear)}" fill="none" stroke="#999" stroke-dasharray="4 4"/>`,
    `<polyline points="${path(points)}" fill="none" stroke="#3b528b" stroke-width="2"/>`,
    ...points.map(([size, time]) => `<circle cx="${x(size)}" cy="${y(time)}" r="3" fill="#3b528b"/>`),
    ...points.map(([size]) => text(x(size), height - margin + 20, String(size))),
    ...[first, last].map(([, time]) => text(margin - 8, y(time), time.toPrecision(3), 'end')),
    text(width / 2, height - 12, 'dashed: linear'),
    '</svg>\n',
  ].join('\n');
}

const folder = process.argv[2] ?? '.';
mkdirSync(folder, { recursive: true });
for (const sweep of sweeps) {
  const points = await measure(sweep);
  const [[smaller, less], [larger, more]] = [points.at(-3)!, points.at(-1)!];
  const exponent = Math.log(more / less) / Math.log(larger / smaller);
  console.log(`${sweep.title}: time grows with the power ${exponent.toFixed(2)} from ${smaller} to ${larger}`);
  for (const [size, time] of points) console.log(`  ${String(size).padStart(5)}  ${time.toFixed(3).padStart(9)} ms`);
  writeFileSync(join(folder, `${sweep.name}.svg`), drawing(sweep.title, points));
  if (sweep.most === undefined || exponent <= sweep.most) continue;
  console.error(`${sweep.title} cost more than linearly: power ${exponent.toFixed(2)}, at most ${sweep.most}`);
  process.exitCode = 1;
}
