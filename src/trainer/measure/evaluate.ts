import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { runOnce } from '../../engine/bound.ts';
import { layoutOf, packNumbers } from '../../graph/parameters.ts';
import { fittedRate, gapCurve } from '../../metrics/rate.ts';
import { fittedRateName } from '../../metrics/shared.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { MaskEdit } from '../../protocol/mask_edits.ts';
import { editsBetween, openMasks, requireInterventions } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { historyToCurves } from '../../store/curves.ts';
import type { Experiment } from '../contract/session.ts';
import { createExperiment } from '../session/experiment.ts';
import { masksGrafted, type OpenDonor } from '../session/grafts.ts';
import { intervenedBy, maskInputs } from '../session/mask_inputs.ts';
import { measuringEngine } from '../session/processor.ts';
import { evaluationGraph, fixedInputs, probeGraph } from '../session/programs.ts';
import { requireFit } from './fit.ts';
import { finiteTheory, startIsLost, type Theory, theoryOf } from './theory.ts';

interface EvaluationOptions {
  readonly snapshot: Snapshot;
  /** Resolved; how to measure, which may differ from the snapshot's own configuration. */
  readonly config: RunConfig;
  /** File of the snapshot, for messages. */
  readonly where: string;
  /** The only metric that is wanted, perhaps with others; all of them unless said. */
  readonly metric?: string;
  /** On top of the snapshot's own masks. */
  readonly mask: readonly MaskEdit[];
  /** Opens the snapshots that the mask grafts from. */
  readonly open?: OpenDonor;
  /** What to add to the metrics. */
  readonly baselines: boolean;
  readonly attention: boolean;
  readonly predictions: boolean;
}

/** What a snapshot measures. */
export interface SnapshotEvaluation {
  /** The parts that it was measured without, its own and those of `mask`. */
  readonly pruned: readonly MaskEdit[];
  readonly metrics: Readonly<Record<string, Estimate>>;
  /** Closed forms: of the task, of the start of training, and of the parameters as they are. */
  readonly theory: Theory;
  /** Patterns of the probe prompts [P, L, H, Tq, Tk]. */
  readonly attention?: HostTensor;
  /** Labels shown, predictions, and what they are compared with, for every held-out prompt. */
  readonly predictions?: Readonly<Record<string, HostTensor>>;
}

/**
 * Measures a snapshot on held-out prompts: its metrics, those of predictors without training, and theory.
 * @throws UserError when the configuration does not fit the snapshot or the machine
 */
export async function evaluateSnapshot(options: EvaluationOptions): Promise<SnapshotEvaluation> {
  const { snapshot, config, where } = options;
  const experiment = createExperiment(config, where, snapshot.task, options.metric);
  const { task, metrics } = experiment;
  requireFit(snapshot, experiment, where);
  const open = openMasks(experiment.model.facts);
  const masks = await masksGrafted(snapshot.mask ?? open, options.mask, experiment, options.open);
  requireInterventions(masks, experiment.model.facts, options.mask.length > 0 ? '--mask' : where);
  const intervened = intervenedBy(masks);
  const { engine, threads } = await measuringEngine(experiment, snapshot.engine);
  const tensors = {
    ...fixedInputs(experiment),
    ...maskInputs(experiment.model, masks),
    theta: parametersOf(snapshot, experiment),
  };
  const outputs = await runOnce(engine, evaluationGraph(experiment, intervened), tensors, threads);
  const activations = options.attention
    ? await runOnce(engine, probeGraph(experiment, intervened), tensors, threads)
    : {};
  const baselines = options.baselines && baselinesOf(experiment);
  const measured = Object.entries({ ...task.evaluation.measure(outputs), ...baselines });
  const isTheory = ([name, { n }]: readonly [string, Estimate]) => n === 0 && metrics.info(name)?.role === 'theory';
  return {
    pruned: editsBetween(open, masks),
    metrics: Object.fromEntries(measured.filter((entry) => !isTheory(entry))),
    theory: await theoryOfStart(options, experiment, Object.fromEntries(measured.filter(isTheory))),
    ...(activations['attention'] && { attention: activations['attention'] }),
    ...(options.predictions && {
      predictions: { ...task.evaluation.inputs, ...outputs, ...task.evaluation.references },
    }),
  };
}

/** Metrics of predictors without training, on the held-out prompts. */
export function baselinesOf({ task }: Experiment): Readonly<Record<string, Estimate>> {
  const baselines: Record<string, Estimate> = {};
  // One by one: there are hundreds of thousands of parts, more than a call takes arguments.
  for (const part of task.evaluation.baselines()) Object.assign(baselines, part);
  return baselines;
}

/** Theory, from the parameters that the snapshot's own seed drew, and the rate at which its gap fell. */
async function theoryOfStart(
  { snapshot, config, where }: EvaluationOptions,
  measured: Experiment,
  exact: Readonly<Record<string, Estimate>>,
): Promise<Theory> {
  const { seed } = snapshot.config;
  const start = config.seed === seed ? measured : createExperiment({ ...config, seed }, where, snapshot.task);
  const theory = startIsLost(snapshot) ? finiteTheory(start.task.theory) : await theoryOf(start);
  const gap = gapCurve(historyToCurves(snapshot.history));
  const rate = gap && fittedRate(gap.view());
  const more = finiteTheory({
    ...(rate && { [fittedRateName]: rate.factor }),
    ...Object.fromEntries(Object.entries(exact).map(([name, { mean }]) => [name, mean])),
  });
  return { values: { ...theory.values, ...more.values }, reasons: { ...theory.reasons, ...more.reasons } };
}

/** θ. */
export function parametersOf({ params }: Snapshot, { model }: Experiment): HostTensor {
  const layout = layoutOf(model.parameters);
  const numbers = Object.fromEntries(Object.entries(params).map(([name, { data }]) => [name, data]));
  return hostTensor([layout.size], packNumbers(layout, numbers));
}
