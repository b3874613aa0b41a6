import { hostTensor } from '../../src/core/tensor.ts';
import { runOnce } from '../../src/engine/bound.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { layoutOf, packNumbers } from '../../src/graph/parameters.ts';
import type { Estimate } from '../../src/protocol/events.ts';
import { evaluationGraph, fixedInputs } from '../../src/trainer/session/programs.ts';
import { experimentOf, openSession } from './session.ts';

/** Sums of coefficients at which the paper promises out-of-domain generalisation. */
const promisedSums = [1, 1.1, 1.3];

/** What a run of `li-decoder` learned, each from 2 000 prompts. */
export async function decoderRun(seed: number) {
  const preset = 'li-decoder';
  const settings = { seed, 'evaluate.prompts': 2000, 'task.lengths': [4, 14, 20] };
  const unroll = 5;
  const { experiment, session, controls } = await openSession(preset, settings, unroll);
  while (session.step < controls.totalSteps) await session.advance(unroll, controls);
  const measured = await session.evaluate();
  const { params } = await session.capture();
  await session.dispose();

  const layout = layoutOf(experiment.model.parameters);
  const numbers = Object.fromEntries(Object.entries(params).map(([name, { data }]) => [name, data]));
  const theta = hostTensor([layout.size], packNumbers(layout, numbers));
  const outOfDomain: number[] = [];
  for (const s1 of promisedSums) {
    const shifted = experimentOf(preset, { ...settings, 'task.s1': s1, 'task.alpha_test': 1 });
    const tensors = { ...fixedInputs(shifted), theta };
    const outputs = await runOnce(await loadEngine('cpu'), evaluationGraph(shifted), tensors);
    outOfDomain.push(mean(shifted.task.evaluation.measure(outputs), 'out_of_domain_error'));
  }
  const heads = Object.keys(measured).filter((name) => name.startsWith('attention_on_matching/'));
  const result = {
    unseen: mean(measured, 'unseen_error'),
    short: mean(measured, 'unseen_error_at/4'),
    long: mean(measured, 'unseen_error_at/14'),
    bestHead: Math.max(...heads.map((name) => mean(measured, name))),
    outOfDomain,
  };
  console.log(`seed ${seed}: ${JSON.stringify(result)}`);
  return result;
}

const mean = (values: Readonly<Record<string, Estimate>>, name: string): number => values[name]!.mean!;
