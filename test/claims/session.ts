import { loadEngine } from '../../src/engine/registry.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { EngineSession } from '../../src/trainer/session/session.ts';

/** What a preset trains and measures, with other settings by key path. */
export function experimentOf(preset: string, settings: Readonly<Record<string, unknown>>) {
  const { raw, where } = loadPreset(preset);
  const list = Object.entries(settings).map(([path, value]) => ({ path, value }));
  return createExperiment(resolveConfig(raw, where, list).config, where);
}

/** A training session of a preset on one thread, without journal and screen; `unroll` updates at once, or one. */
export async function openSession(preset: string, settings: Readonly<Record<string, unknown>>, unroll: number) {
  const experiment = experimentOf(preset, settings);
  const session = await EngineSession.start(await loadEngine('cpu'), experiment, { threads: 1, unroll });
  const { learning_rate, weight_decay, clip_norm, steps } = experiment.config.train;
  const controls = { learningRate: learning_rate, weightDecay: weight_decay, clipNorm: clip_norm, totalSteps: steps };
  return { experiment, session, controls };
}
