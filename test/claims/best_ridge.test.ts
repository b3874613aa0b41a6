import { expect, test, vi } from 'vitest';
import { loadEngine } from '../../src/engine/registry.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { EngineSession } from '../../src/trainer/session/session.ts';

// Training takes a while where other jobs share the cores.
vi.setConfig({ testTimeout: 240_000 });

/** Features of yang-tiny. */
const m = 4;

async function trained(promptExamples: number, seed: number) {
  const { raw, where } = loadPreset('yang-tiny');
  const settings = {
    seed,
    'task.prompt_examples': promptExamples,
    'task.token_norm': 'unit',
    'task.noise': 0.05,
    'evaluate.prompts': 2000,
  };
  const list = Object.entries(settings).map(([path, value]) => ({ path, value }));
  const experiment = createExperiment(resolveConfig(raw, where, list).config, where);
  const session = await EngineSession.start(await loadEngine('cpu'), experiment, { threads: 1, unroll: 10 });
  const controls = { learningRate: 0.01, weightDecay: 0, clipNorm: 0, totalSteps: 1500 };
  while (session.step < 1500) await session.advance(10, controls);
  const { gap_to_best_ridge: toBest, in_domain_inference_loss: toLimit } = await session.evaluate();
  await session.dispose();
  return { toBest: toBest!, toLimit: toLimit!, expected: experiment.task.theory['ridge_gap']! };
}

test.each([2, 3, 4, 6, 8, 12])(
  'a trained model is as far from "best" ridge as the closed form says, N = %i',
  async (N) => {
    for (const seed of [0, 1, 2]) {
      const { toBest, toLimit, expected } = await trained(N, seed);
      const numbers = [toBest.mean!, toBest.stderr!, toLimit.mean!, expected].map((value) => value.toExponential(2));
      console.log(
        `N=${N} seed ${seed}: to best ${numbers[0]} ± ${numbers[1]}, to limit ${numbers[2]}, closed form ${numbers[3]}`,
      );
      expect(toLimit.mean).toBeLessThan(2e-3);
      if (N === m) {
        expect(expected).toBe(0);
        expect(toBest.mean).toBeCloseTo(toLimit.mean!, 10);
      } else {
        // Triangle inequality between model, limit and best, and four standard errors.
        const slack = toLimit.mean! + 2 * Math.sqrt(toLimit.mean! * expected) + 4 * toBest.stderr!;
        expect(expected).toBeGreaterThan(1e-3);
        expect(Math.abs(toBest.mean! - expected)).toBeLessThan(slack);
      }
    }
  },
);
