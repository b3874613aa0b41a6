import { expect } from 'vitest';
import type { Engine } from '../../../src/engine/contract.ts';
import { cpuEngine } from '../../../src/engine/cpu.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { EngineSession } from '../../../src/trainer/session/session.ts';
import { relativeError } from '../../engine/conformance/numbers.ts';
import { configOf } from '../steered.ts';

const unroll = 4;

type Numbers = Readonly<Record<string, ArrayLike<number>>>;

/** Everything a run tells: losses and other scalars of every step, then held-out measures, pictures and parameters. */
async function train(engine: Engine, settings: Record<string, unknown>, steps: number): Promise<Numbers> {
  const experiment = createExperiment(configOf(settings), 'test');
  const { learning_rate: learningRate, weight_decay: weightDecay, clip_norm: clipNorm } = experiment.config.train;
  const controls = { learningRate, weightDecay, clipNorm, totalSteps: steps };
  const session = await EngineSession.start(engine, experiment, { threads: 1, unroll });
  const scalars: Record<string, number[]> = {};
  while (session.step < steps) {
    for (const [name, values] of Object.entries(await session.advance(unroll, controls))) {
      scalars[name] = [...(scalars[name] ?? []), ...values];
    }
  }
  const measured = Object.entries(await session.evaluate()).map(([name, { mean }]) => [
    `held out ${name}`,
    [mean ?? 0],
  ]);
  const pictures = Object.entries(await session.probe()).map(([name, { data }]) => [`picture ${name}`, data]);
  const { params } = await session.capture();
  const parameters = Object.entries(params).map(([name, { data }]) => [`parameter ${name}`, data]);
  await session.dispose();
  return { ...scalars, ...Object.fromEntries([...measured, ...pictures, ...parameters]) };
}

/** Loss and predictions do not depend on it: it adds the same to every score of a query, so that its gradient is rounding. */
const withoutEffect = /^parameter .*\.b_K$/;
const tolerance = 1e-4;

/** Trains on the processor and on another engine, and compares all that a person could see of it. */
export async function expectSameTraining(
  engine: Engine,
  settings: Record<string, unknown>,
  steps: number,
): Promise<void> {
  const expected = await train(cpuEngine, settings, steps);
  const found = await train(engine, settings, steps);
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  const losses = Array.from(expected['train_loss']!);
  expect(losses).toHaveLength(steps);
  expect(new Set(losses).size).toBeGreaterThan(steps / 2);
  for (const [name, values] of Object.entries(expected)) {
    if (withoutEffect.test(name)) continue;
    expect(relativeError(found[name]!, values, 1e-3), name).toBeLessThanOrEqual(tolerance);
  }
}
