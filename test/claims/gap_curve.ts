import { loadEngine } from '../../src/engine/registry.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { createExperiment } from '../../src/trainer/experiment.ts';
import { EngineSession } from '../../src/trainer/session.ts';

/** The gap L − L* that update `step` of a preset worked on, for each of `steps` (rising multiples of ten). */
export async function gapsAt(
  preset: string,
  settings: Readonly<Record<string, unknown>>,
  steps: readonly number[],
): Promise<number[]> {
  const { raw, where } = loadPreset(preset);
  const list = Object.entries(settings).map(([path, value]) => ({ path, value }));
  const experiment = createExperiment(resolveConfig(raw, where, list).config, where);
  const unroll = 10;
  const session = await EngineSession.start(await loadEngine('cpu'), experiment, { threads: 1, unroll });
  const { learning_rate, weight_decay, clip_norm, steps: totalSteps } = experiment.config.train;
  const controls = { learningRate: learning_rate, weightDecay: weight_decay, clipNorm: clip_norm, totalSteps };
  const gaps: number[] = [];
  for (const step of steps) {
    let scalars: Awaited<ReturnType<typeof session.advance>> = {};
    while (session.step < step) scalars = await session.advance(unroll, controls);
    gaps.push(scalars['gap']!.at(-1)!);
  }
  await session.dispose();
  return gaps;
}

/** Gaps as a line of a log. */
export function written(label: string, gaps: readonly number[]): string {
  return `${label.padEnd(24)} ${gaps.map((gap) => gap.toExponential(1)).join('  ')}`;
}
