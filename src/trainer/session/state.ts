import { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { readAll, uploadAll, type Values } from '../../engine/bound.ts';
import type { Engine } from '../../engine/contract.ts';
import type { Optimizer } from '../../graph/optimizers/contract.ts';
import { optimizers } from '../../graph/optimizers/registry.ts';
import { layoutOf, packNumbers, unpackNumbers } from '../../graph/parameters.ts';
import { lengths } from '../../graph/types.ts';
import type { Captured, Experiment } from '../contract/session.ts';
import type { Intervened } from './mask_inputs.ts';

/** Where training stands after `step` updates: values on the engine and the random state that goes with them. */
export interface State {
  readonly step: number;
  /** `theta`, `slot/<name>` and `step`, fed back from run to run. */
  readonly values: Values;
  readonly random: RandomStream;
  /** Undefined while training sees all parts as they are. */
  readonly clamp: Clamp | undefined;
}

/** What updates hold back and change. */
export interface Clamp {
  /** Masks, interventions and `keep`. */
  readonly values: Values;
  /** What else updates have to carry out. */
  readonly intervened: Intervened;
}

/** The parameters' start values, or a state that was captured, on an engine. */
export function startState(engine: Engine, experiment: Experiment, from: Captured | undefined): State {
  const { config, model } = experiment;
  const layout = layoutOf(model.parameters);
  const numbers = (of: (name: string) => HostTensor | undefined): Record<string, ArrayLike<number>> =>
    Object.fromEntries(
      layout.parameters.map(({ name, start, end }) => [name, of(name)?.data ?? new Float64Array(end - start)]),
    );
  const theta = from ? numbers((name) => from.params[name]) : model.initial(RandomStream.named(config.seed, 'init'));
  const vector = (values: Readonly<Record<string, ArrayLike<number>>>): HostTensor =>
    hostTensor([layout.size], packNumbers(layout, values));
  // What is fixed stays without being held, as long as nothing is left of updates before it was.
  const fixed = new Set(model.parameters.filter((one) => one.fixed).map(({ name }) => name));
  const kept = (slot: string) => (parameter: string) =>
    fixed.has(parameter) ? undefined : from?.optimizer[`${slot}/${parameter}`];
  const slots = optimizerOf(experiment).slots.map(({ name, kind }): [string, HostTensor] => [
    `slot/${name}`,
    kind === 'scalar' ? scalar(from?.optimizer[name]?.data[0] ?? 0) : vector(numbers(kept(name))),
  ]);
  const step = from?.step ?? 0;
  const state = from?.rng['train'];
  return {
    step,
    values: uploadAll(engine, { theta: vector(theta), step: scalar(step), ...Object.fromEntries(slots) }),
    random: state ? RandomStream.restored(state) : RandomStream.named(config.seed, 'train'),
    clamp: undefined,
  };
}

/** A state in main memory, parameter by parameter. */
export async function captured(engine: Engine, experiment: Experiment, state: State): Promise<Captured> {
  const layout = layoutOf(experiment.model.parameters);
  const byParameter = ({ data }: HostTensor): [string, HostTensor][] => {
    const values = unpackNumbers(layout, data);
    return layout.parameters.map(({ name, shape }) => [name, hostTensor(lengths(shape), values[name]!)]);
  };
  const numbers = await readAll(engine, state.values);
  const optimizer: Record<string, HostTensor> = {};
  for (const { name, kind } of optimizerOf(experiment).slots) {
    const slot = numbers[`slot/${name}`]!;
    if (kind === 'scalar') optimizer[name] = slot;
    else for (const [parameter, tensor] of byParameter(slot)) optimizer[`${name}/${parameter}`] = tensor;
  }
  return {
    step: state.step,
    rng: { train: state.random.state() },
    params: Object.fromEntries(byParameter(numbers['theta']!)),
    optimizer,
  };
}

export function scalar(value: number): HostTensor {
  return hostTensor([], Float64Array.of(value));
}

function optimizerOf({ config }: Experiment): Optimizer {
  return optimizers[config.train.optimizer];
}
