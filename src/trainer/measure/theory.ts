import type { Clock } from '../../core/clock.ts';
import { RandomStream } from '../../core/random.ts';
import { hostTensor } from '../../core/tensor.ts';
import { atOnce, type Yielding } from '../../core/yielding.ts';
import { runOnce } from '../../engine/bound.ts';
import { loadEngine } from '../../engine/registry.ts';
import { layoutOf, packNumbers } from '../../graph/parameters.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import type { Numbers } from '../../protocol/events.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import type { Experiment } from '../contract/session.ts';
import { fixedInputs, probeGraph } from '../session/programs.ts';

/** Parameters times columns of the pattern up to which theory takes at most about 40 ms, measured cold on one core. */
const largestAtStart = 2e5;

/** How long others have their turn for each part of a theory that is computed beside them, in lengths of that part. */
const restForPart = 4;

/** Whether the parameters are no longer those of the start that its configuration draws, e.g. those of a model made smaller. */
export function startIsLost(snapshot: Snapshot | undefined): boolean {
  return (snapshot?.events ?? []).some((event) => event.type === 'control_changed' && event.path.startsWith('model.'));
}

/** Closed forms by name, null where there is none, and by the same name the reason why. */
export interface Theory {
  readonly values: Numbers;
  readonly reasons: Readonly<Record<string, string>>;
}

/** Closed forms of the task, and what the model's theory says of the start of training, all in float64. */
export async function theoryOf(experiment: Experiment): Promise<Theory> {
  const ofTask = finiteTheory(experiment.task.theory);
  try {
    const ofModel = await theoryOfModel(experiment);
    const { values, reasons } = finiteTheory(ofModel ? atOnce(ofModel) : {});
    return { values: { ...ofTask.values, ...values }, reasons: { ...ofTask.reasons, ...reasons } };
  } catch (error) {
    // A run, or what else was measured, is worth more than what is said of its start.
    const leading = leadingOf(experiment);
    const reasons = { ...ofTask.reasons, [leading]: (error as Error).message };
    return { values: { ...ofTask.values, [leading]: null }, reasons };
  }
}

/** The first value of the theory of a model, which stands for all where it fails. */
function leadingOf({ model: { definition } }: Experiment): string {
  return definition.metrics?.find(({ role }) => role === 'theory')?.name ?? 'theory';
}

const notFinite = 'not finite';

/** Values that are not finite as null, with the reason. */
export function finiteTheory(numbers: Numbers): Theory {
  const entries = Object.entries(numbers);
  const isKnown = (value: number | null): boolean => value !== null && Number.isFinite(value);
  return {
    values: Object.fromEntries(entries.map(([name, value]) => [name, isKnown(value) ? value : null])),
    reasons: Object.fromEntries(entries.flatMap(([name, value]) => (isKnown(value) ? [] : [[name, notFinite]]))),
  };
}

/** One sentence for every closed form whose computation failed. */
export function theoryNotices(metrics: MetricCatalogue, { reasons }: Theory): string[] {
  const failed = Object.entries(reasons).filter(([, reason]) => reason !== notFinite);
  return failed.map(([name, reason]) => `${metrics.title(name)}: ${reason}`);
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
): Promise<Theory & { readonly later?: undefined | (() => Promise<Numbers | undefined>) }> {
  const { theory, facts } = experiment.model;
  if (!theory || facts.parameters * facts.pattern.columns <= largestAtStart) {
    return theoryOf(experiment);
  }
  const later = async (): Promise<Numbers | undefined> => {
    const parts = (await theoryOfModel(experiment))!;
    while (!isOver()) {
      const began = clock.now();
      const part = parts.next();
      if (part.done) return finiteTheory(part.value).values;
      await clock.sleep(restForPart * (clock.now() - began));
    }
    return undefined;
  };
  const { values, reasons } = finiteTheory(experiment.task.theory);
  return { values: { ...values, [leadingOf(experiment)]: null }, reasons, later };
}

/** What the model's theory says of the patterns that its parameters start with; undefined for models without one. */
async function theoryOfModel(experiment: Experiment): Promise<Yielding<Readonly<Record<string, number>>> | undefined> {
  const { config, model } = experiment;
  if (!model.theory) return undefined;
  const layout = layoutOf(model.parameters);
  const start = packNumbers(layout, model.initial(RandomStream.named(config.seed, 'init')));
  const activations = await runOnce(await loadEngine('reference'), probeGraph(experiment), {
    ...fixedInputs(experiment),
    theta: hostTensor([layout.size], start),
  });
  return model.theory(activations);
}
