import type { Clock } from '../../core/clock.ts';
import { atOnce, type InParts } from '../../core/parts.ts';
import { RandomStream } from '../../core/random.ts';
import { hostTensor } from '../../core/tensor.ts';
import { loadEngine } from '../../engine/registry.ts';
import { layoutOf, packNumbers } from '../../graph/parameters.ts';
import type { Numbers } from '../../protocol/events.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import type { Experiment } from '../contract.ts';
import { fixedInputs, probeGraph } from '../session/programs.ts';
import { runOnce } from '../session/run_once.ts';

/** Parameters times columns of the pattern up to which theory takes at most about 40 ms, measured cold on one core. */
const largestAtStart = 2e5;

/** How long others have their turn for each part of a theory that is computed beside them, in lengths of that part. */
const restForPart = 4;

/** Whether the parameters are no longer those of the start that its configuration draws, e.g. those of a model made smaller. */
export function startIsLost(snapshot: Snapshot | undefined): boolean {
  return (snapshot?.events ?? []).some((event) => event.type === 'control_changed' && event.path.startsWith('model.'));
}

/** Closed forms of the task, and what the model's theory says of the start of training, all in float64. */
export async function theoryOf(experiment: Experiment): Promise<Readonly<Record<string, number>>> {
  const ofModel = await theoryOfModel(experiment);
  return { ...experiment.task.theory, ...(ofModel && atOnce(ofModel)) };
}

/**
 * The same for the start of a run, which must not wait: of large models the task's closed forms, with null for ζ0, and as
 * `later` what the model's theory says, computed in small parts beside the training; undefined when that was over before.
 * @param isOver whether the run has ended
 */
export async function theoryAtStart(
  experiment: Experiment,
  clock: Clock,
  isOver: () => boolean,
): Promise<{ readonly values: Numbers; readonly later?: () => Promise<Numbers | undefined> }> {
  const { theory, facts } = experiment.model;
  if (!theory || facts.parameters * facts.pattern.columns <= largestAtStart) {
    return { values: await theoryOf(experiment) };
  }
  const later = async (): Promise<Numbers | undefined> => {
    const parts = (await theoryOfModel(experiment))!;
    while (!isOver()) {
      const began = clock.now();
      const part = parts.next();
      if (part.done) return part.value;
      await clock.sleep(restForPart * (clock.now() - began));
    }
    return undefined;
  };
  return { values: { ...experiment.task.theory, zeta0: null }, later };
}

/** What the model's theory says of the patterns that its parameters start with; undefined for models without one. */
async function theoryOfModel(experiment: Experiment): Promise<InParts<Readonly<Record<string, number>>> | undefined> {
  const { config, model } = experiment;
  if (!model.theory) return undefined;
  const layout = layoutOf(model.parameters);
  const start = packNumbers(layout, model.initial(RandomStream.named(config.seed, 'init')));
  const insides = await runOnce(await loadEngine('reference'), probeGraph(experiment), {
    ...fixedInputs(experiment),
    theta: hostTensor([layout.size], start),
  });
  return model.theory(insides);
}
