import { TrainingLoop } from '../../src/trainer/loop/loop.ts';
import { initialMask } from '../../src/trainer/loop/mask_state.ts';
import { MemoryPort } from '../trainer/fake_session.ts';
import { processorClock } from './processor_clock.ts';
import { openSession } from './session.ts';

/** Trains `yang-fig5-small` with the program's own loop until its training time is spent. */
export async function trainForItsBudget(settings: Readonly<Record<string, unknown>>) {
  // One update at a time: the budget is overrun by less than one, and the graph is ready sooner.
  const unroll = 1;
  const { experiment, session } = await openSession('yang-fig5-small', settings, unroll);
  const { config } = experiment;
  const port = new MemoryPort();
  const { facts } = experiment.model;
  const mask = initialMask(facts);
  const loop = new TrainingLoop({ config, facts, mask, session, port, clock: processorClock, unroll });
  const { ending, summary } = await loop.run();
  await session.dispose();
  const evaluated = port.of('evaluated');
  return {
    ending,
    steps: summary.step,
    seconds: summary.seconds,
    stepsPerSecond: summary.metrics['steps_per_second']!,
    /**
     * In-domain inference loss, and loss above that of the ridge limit on the same held-out prompts, where the run stood
     * at `step`: means over the last fifth of the way there, since at a constant learning rate they jump by a third.
     */
    lossesAt(step: number) {
      const last = evaluated.filter((event) => event.step > 0.8 * step && event.step <= step);
      const mean = (name: string) => last.reduce((sum, { values }) => sum + values[name]!.mean!, 0) / last.length;
      return {
        inDomain: mean('in_domain_inference_loss'),
        excess: mean('eval_loss') - mean('ridge_limit_loss'),
      };
    },
  };
}
