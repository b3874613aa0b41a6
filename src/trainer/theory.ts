import { RandomStream } from '../core/random.ts';
import { hostTensor } from '../core/tensor.ts';
import { loadEngine } from '../engine/registry.ts';
import { layoutOf, packNumbers } from '../graph/parameters.ts';
import type { Experiment } from './contract.ts';
import { fixedInputs, probeGraph } from './programs.ts';
import { runOnce } from './run_once.ts';

/** Parameters times columns of the pattern up to which theory takes at most about 40 ms, measured cold on one core. */
const largestAtStart = 2e5;

/** Closed forms of the task, and what the model's theory says of the start of training, all in float64. */
export async function theoryOf(experiment: Experiment): Promise<Readonly<Record<string, number>>> {
  const { config, task, model } = experiment;
  if (!model.theory) return task.theory;
  const layout = layoutOf(model.parameters);
  const start = packNumbers(layout, model.initial(RandomStream.named(config.seed, 'init')));
  const insides = await runOnce(await loadEngine('reference'), probeGraph(experiment), {
    ...fixedInputs(experiment),
    theta: hostTensor([layout.size], start),
  });
  return { ...task.theory, ...model.theory(insides) };
}

/** The same for the start of a run, which must not wait: of large models only the task's closed forms. */
export async function theoryAtStart(experiment: Experiment): Promise<Readonly<Record<string, number>>> {
  const { parameters, pattern } = experiment.model.facts;
  return parameters * pattern.columns > largestAtStart ? experiment.task.theory : theoryOf(experiment);
}
