import { processorClock } from './processor_clock.ts';
import { openSession } from './session.ts';

/** Trains a preset to its end as the program does, without journal and screen; `seconds` are those of the processor. */
export async function train(preset: string, settings: Readonly<Record<string, unknown>>) {
  const unroll = 10;
  const { experiment, session, controls } = await openSession(preset, settings, unroll);
  const { steps } = experiment.config.train;
  const start = await session.evaluate();
  const began = processorClock.now();
  while (session.step < steps) await session.advance(steps - session.step >= unroll ? unroll : 1, controls);
  const seconds = (processorClock.now() - began) / 1000;
  const end = await session.evaluate();
  await session.dispose();
  const { theory: expected } = experiment.task;
  return { start, end, seconds, expected, ridgeGap: expected['ridge_gap']! };
}
