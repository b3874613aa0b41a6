import { systemClock } from '../../src/core/clock.ts';
import { TrainingLoop } from '../../src/trainer/loop.ts';
import { MemoryPort } from '../trainer/fake_session.ts';
import { openSession } from './session.ts';

/** Trains `yang-fig5-small` with the program's own loop until its training time is spent. */
export async function trainForItsBudget(settings: Readonly<Record<string, unknown>>) {
  // One update at a time: the budget is overrun by less than one, and the graph is ready sooner.
  const unroll = 1;
  const { experiment, session } = await openSession('yang-fig5-small', settings, unroll);
  const { config } = experiment;
  const port = new MemoryPort();
  const { ending, summary } = await new TrainingLoop({ config, session, port, clock: systemClock, unroll }).run();
  await session.dispose();
  const evaluated = port.of('evaluated');
  return {
    ending,
    steps: summary.step,
    seconds: summary.seconds,
    stepsPerSecond: summary.metrics['steps_per_second']!,
    /** Steps at which the run was evaluated; the last is its end. */
    evaluatedAt: evaluated.map(({ step }) => step),
    /** In-domain inference loss, and loss above that of the ridge limit on the same held-out prompts, after `step` steps. */
    lossesAt(step: number) {
      const { values } = evaluated.find((event) => event.step === step)!;
      return {
        inDomain: values['in_domain_inference_loss']!.mean!,
        excess: values['eval_loss']!.mean! - values['ridge_limit_loss']!.mean!,
      };
    },
  };
}
