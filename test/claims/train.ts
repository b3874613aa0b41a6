import { systemClock } from '../../src/core/clock.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { createExperiment } from '../../src/trainer/experiment.ts';
import { EngineSession } from '../../src/trainer/session.ts';

/** Trains a preset to its end as the program does, without journal and screen. */
export async function train(preset: string, settings: Record<string, unknown>) {
  const { raw, where } = loadPreset(preset);
  const list = Object.entries(settings).map(([path, value]) => ({ path, value }));
  const { config } = resolveConfig(raw, where, list);
  const experiment = createExperiment(config, where);
  const unroll = 10;
  const session = await EngineSession.start(await loadEngine('cpu'), experiment, { threads: 1, unroll });
  const { learning_rate, weight_decay, clip_norm, steps } = config.train;
  const controls = { learningRate: learning_rate, weightDecay: weight_decay, clipNorm: clip_norm, totalSteps: steps };
  const start = await session.evaluate();
  const began = systemClock.now();
  while (session.step < steps) await session.advance(steps - session.step >= unroll ? unroll : 1, controls);
  const seconds = (systemClock.now() - began) / 1000;
  const end = await session.evaluate();
  await session.dispose();
  return { start, end, seconds, floor: experiment.task.theory['loss_floor']! };
}
