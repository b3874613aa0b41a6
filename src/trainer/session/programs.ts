import { type HostTensor, hostTensor, sizeOf } from '../../core/tensor.ts';
import { gradients } from '../../graph/gradient.ts';
import { optimizers } from '../../graph/optimizers/registry.ts';
import { layoutOf, pack, partsOf, shaped, unpack } from '../../graph/parameters.ts';
import { Recorder, type SymbolicTensor } from '../../graph/symbolic.ts';
import { recordTraining } from '../../graph/training.ts';
import { type Graph, lengths, type Shape } from '../../graph/types.ts';
import type { Masks, Model } from '../../models/contract.ts';
import { openMasks } from '../../protocol/mask_values.ts';
import type { PartKind } from '../../pruning/names.ts';
import type { Forward, Picture, Task } from '../../tasks/contract.ts';
import type { Experiment } from '../contract/session.ts';
import { headScores } from './head_scores.ts';
import { grafting, type Intervened, masksOf, type TensorOf } from './mask_inputs.ts';

/**
 * Updates U of the parameters in one run; see `recordTraining` for its inputs and outputs.
 * @param freeze whether some parameters are held, as those of pruned parts are
 * @param intervened what else is done to heads; see `intervenedBy`
 */
export function trainingGraph(
  { config, task, model }: Experiment,
  unroll: number,
  { freeze = false, intervened }: { readonly freeze?: boolean; readonly intervened?: Intervened } = {},
): Graph {
  const recorder = new Recorder();
  const { train } = config;
  const masks = declareMasks(recorder, model, intervened);
  const grafted = grafting(model, intervened, inputOf(recorder));
  return recordTraining(recorder, {
    parameters: model.parameters,
    optimizer: optimizers[train.optimizer],
    settings: { momentum: train.momentum, beta1: train.beta1, beta2: train.beta2, epsilon: train.epsilon },
    schedule: { kind: train.schedule, warmupSteps: train.warmup_steps, finalFraction: train.final_fraction },
    clip: train.clip_norm > 0,
    decay: train.weight_decay > 0,
    freeze,
    unroll,
    batch: task.training.inputs(train.batch),
    objective: (parameters, batch) => task.training.loss(model.forward(recorder, grafted(parameters), masks), batch),
  });
}

/** Inputs `theta`, masks and the held-out prompts `evaluate/<name>`; outputs as the task's evaluation names them. */
export function evaluationGraph({ task, model }: Experiment, intervened?: Intervened): Graph {
  const recorder = new Recorder();
  const prompts = declarePrompts(recorder, 'evaluate', task.evaluation.inputs);
  return recorder.finish(task.evaluation.outputs(fromTheta(recorder, model, intervened), prompts));
}

/** Inputs `theta`, masks and `batch/<name>`; output ∂loss/∂mask [L, parts] of the training loss, named as the kind of part. */
export function maskGradientsGraph(
  { config, task, model }: Experiment,
  kind: PartKind,
  intervened?: Intervened,
): Graph {
  const recorder = new Recorder();
  const masks = declareMasks(recorder, model, intervened);
  const batch = declareBatch(recorder, task, config.train.batch);
  const { loss } = task.training.loss(forwardOf(recorder, model, masks, intervened), batch);
  const [byMask] = gradients(loss, [masks[kind]!]);
  return recorder.finish({ [kind]: byMask! });
}

/** Inputs `theta`, masks and `batch/<name>`; output `gradient` [P] of the training loss with respect to θ. */
export function gradientGraph({ config, task, model }: Experiment, intervened?: Intervened): Graph {
  const recorder = new Recorder();
  const layout = layoutOf(model.parameters);
  const parts = partsOf(layout, recorder.input('theta', [{ name: 'parameter', size: layout.size }]));
  const parameters = grafting(model, intervened, inputOf(recorder))(shaped(layout, parts));
  const forward = model.forward(recorder, parameters, declareMasks(recorder, model, intervened));
  const { loss } = task.training.loss(forward, declareBatch(recorder, task, config.train.batch));
  const slopes = gradients(loss, Object.values(parts));
  const byName = Object.keys(parts).map((name, i) => [name, slopes[i]!] as const);
  return recorder.finish({ gradient: pack(layout, Object.fromEntries(byName)) });
}

function declareBatch(recorder: Recorder, { training }: Task, batch: number): Record<string, SymbolicTensor> {
  return Object.fromEntries(
    Object.entries(training.inputs(batch)).map(([name, shape]) => [name, recorder.input(`batch/${name}`, shape)]),
  );
}

/** Inputs as of the evaluation; outputs the predictions that it asks for, in order, named by their number. */
export function predictionGraph({ task, model }: Experiment, intervened?: Intervened): Graph {
  const recorder = new Recorder();
  const forward = fromTheta(recorder, model, intervened);
  const predictions: SymbolicTensor[] = [];
  const predict: Forward['predict'] = (prompts) => {
    const prediction = forward.predict(prompts);
    predictions.push(prediction);
    return prediction;
  };
  task.evaluation.outputs({ ...forward, predict }, declarePrompts(recorder, 'evaluate', task.evaluation.inputs));
  return recorder.finish(Object.fromEntries(predictions.map((prediction, i) => [String(i), prediction])));
}

/** Activations that pictures of every model are drawn from. */
const common = ['attention', 'mixing', 'prediction', 'head_magnitude', 'neuron_magnitude'];

const picturedOf = ({ definition }: Model): readonly string[] => [...common, ...(definition.pictured ?? [])];

/**
 * Inputs `theta`, masks and the prompts `probe/<name>`; outputs the activations that are pictured, or that pictures need, and
 * where the task says what is to be attended to, `match` [P, T, T].
 */
export function probeGraph({ task, model }: Experiment, intervened?: Intervened): Graph {
  const recorder = new Recorder();
  const prompts = declarePrompts(recorder, 'probe', task.probe.inputs);
  const activations = fromTheta(recorder, model, intervened).activations(prompts);
  const wanted = [...picturedOf(model), ...(task.picture?.activations ?? [])];
  const match = task.sequence?.match?.(prompts);
  return recorder.finish({
    ...Object.fromEntries(Object.entries(activations).filter(([name]) => wanted.includes(name))),
    ...(match && { match }),
  });
}

/** What is sent to screens and saved, from the outputs of `probeGraph`. */
export function pictureOf(
  { task, model }: Experiment,
  outputs: Readonly<Record<string, HostTensor>>,
): Readonly<Record<string, HostTensor>> {
  const { probe, picture } = task;
  const pictured = picturedOf(model);
  return {
    ...scoresOfHeads({ task, model }, outputs),
    ...Object.fromEntries(Object.entries(outputs).filter(([name]) => pictured.includes(name))),
    ...picture?.draw(outputs),
    ...probe.references,
  };
}

/** What heads attend to in sequences, from the outputs of `probeGraph`; nothing of other tasks. */
export function scoresOfHeads(
  { task, model }: Pick<Experiment, 'task' | 'model'>,
  { attention, match }: Readonly<Record<string, HostTensor>>,
): ReturnType<typeof headScores> {
  if (!task.sequence || !attention) return {};
  return headScores(attention, match, model.facts.pattern.causal ?? false);
}

/** Shapes of what is sent, as far as they are known before anything is computed. */
export function pictureShapes(experiment: Experiment): ReadonlyMap<string, readonly number[]> {
  const { nodes, outputs } = probeGraph(experiment);
  const { probe, picture } = experiment.task;
  const pictured = picturedOf(experiment.model);
  const shapes = Object.entries(outputs).map(([name, at]) => [name, lengths(nodes[at]!.shape)] as const);
  const shapeOf = ([name, { shape }]: [string, HostTensor]) => [name, shape] as const;
  return new Map<string, readonly number[]>([
    ...shapes.filter(([name]) => pictured.includes(name)),
    ...Object.entries(picture ? drawnOfZeros(picture, shapes) : {}).map(shapeOf),
    ...Object.entries(probe.references).map(shapeOf),
  ]);
}

/** What a task draws from activations that are all zero: how large it is does not depend on them. */
function drawnOfZeros(
  { activations, draw }: Picture,
  shapes: readonly (readonly [string, readonly number[]])[],
): Readonly<Record<string, HostTensor>> {
  const zeros = shapes.flatMap(([name, shape]) =>
    activations.includes(name) ? [[name, hostTensor(shape, new Float32Array(sizeOf(shape)))] as const] : [],
  );
  try {
    return draw(Object.fromEntries(zeros));
  } catch {
    // That of a plugin may not take zeros: its first picture tells.
    return {};
  }
}

/** Inputs that stay the same for the whole run: masks with everything kept, held-out prompts and those of the probe. */
export function fixedInputs({ task, model }: Experiment): Readonly<Record<string, HostTensor>> {
  const { heads, neurons } = openMasks(model.facts);
  return {
    'mask/heads': heads,
    'mask/neurons': neurons,
    ...prefixed('evaluate', task.evaluation.inputs),
    ...prefixed('probe', task.probe.inputs),
  };
}

function prefixed(prefix: string, tensors: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));
}

function fromTheta(recorder: Recorder, model: Model, intervened: Intervened): Forward {
  return forwardOf(recorder, model, declareMasks(recorder, model, intervened), intervened);
}

function forwardOf(recorder: Recorder, model: Model, masks: Masks, intervened: Intervened): Forward {
  const layout = layoutOf(model.parameters);
  const theta = recorder.input('theta', [{ name: 'parameter', size: layout.size }]);
  return model.forward(recorder, grafting(model, intervened, inputOf(recorder))(unpack(layout, theta)), masks);
}

const inputOf =
  (recorder: Recorder): TensorOf =>
  (name, shape) =>
    recorder.input(name, shape);

function declareMasks(recorder: Recorder, model: Model, intervened: Intervened): Masks {
  return masksOf(model, intervened, inputOf(recorder));
}

function declarePrompts(
  recorder: Recorder,
  prefix: string,
  prompts: Readonly<Record<string, HostTensor>>,
): Record<string, SymbolicTensor> {
  return Object.fromEntries(
    Object.entries(prompts).map(([name, { shape }]) => [name, recorder.input(`${prefix}/${name}`, anonymous(shape))]),
  );
}

function anonymous(shape: readonly number[]): Shape {
  return shape.map((size, axis) => ({ name: `axis ${axis}`, size }));
}
