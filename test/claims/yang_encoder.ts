import type { Estimate } from '../../src/protocol/events.ts';
import { train } from './train.ts';

/** How far a run of `yang-fig2b-small` came, in the terms of figure 2b. */
export async function figure2b(settings: Readonly<Record<string, unknown>>) {
  const { start, end, seconds } = await train('yang-fig2b-small', settings);
  const fall = (name: string) => mean(start, name) / mean(end, name);
  const result = {
    /** What is left of the way from the loss at the start to that of the ridge limit, on the same prompts. */
    left:
      (mean(end, 'eval_loss') - mean(end, 'ridge_limit_loss')) /
      (mean(start, 'eval_loss') - mean(start, 'ridge_limit_loss')),
    inDomainFall: fall('in_domain_inference_loss'),
    outOfDomainFall: fall('out_of_domain_inference_loss'),
    /** Out-of-domain over in-domain at the end. */
    above: mean(end, 'out_of_domain_inference_loss') / mean(end, 'in_domain_inference_loss'),
    seconds,
  };
  console.log(
    JSON.stringify({ ...settings, ...result }, (_, value) =>
      typeof value === 'number' ? Number(value.toPrecision(3)) : value,
    ),
  );
  return result;
}

const mean = (values: Readonly<Record<string, Estimate>>, name: string): number => values[name]!.mean!;
