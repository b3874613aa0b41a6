import { thousands } from '../../core/format.ts';
import type { Engine } from '../../engine/contract.ts';
import { flopsOf } from '../../graph/flops.ts';
import type { EngineRecord } from '../../protocol/events.ts';
import type { Experiment } from '../contract/session.ts';
import { type OpenedEngine, openEngine, settledEngine, usableEngines } from './device.ts';
import { trainingGraph } from './programs.ts';

/**
 * Most floating-point operations (FLOPs) of a node of the graph, on average over an update, for which `auto` takes `wasm` on
 * the processor. Up to 87,000 it did all of 11 models of 105 to 682 nodes 1.2 to 7.6 times as fast as one thread of `cpu`, in
 * processor time; but more threads take less wall time where nodes are large.
 */
export const smallNode = 50_000;

/** What `auto` may take for a model. */
export interface Candidates {
  readonly engines: readonly OpenedEngine[];
  /** Why this engine of the processor and no other. */
  readonly why: string;
}

/**
 * The engine of the processor for a model, with those of devices. It follows from the graph alone, so that the same
 * configuration computes the same numbers on every machine without a device.
 * @param usable engines that can be used here
 */
export function candidates(experiment: Experiment, usable: readonly OpenedEngine[]): Candidates {
  const graph = trainingGraph(experiment, 1);
  const flops = flopsOf(graph) / graph.nodes.length;
  const isSmall = flops <= smallNode;
  const isDevice = ({ engine }: OpenedEngine) => engine.device;
  const wanted = usable.filter((one) => isDevice(one) || (one.engine.name === 'wasm') === isSmall);
  return {
    engines: wanted.every(isDevice) ? usable : wanted,
    why: `${thousands(Math.round(flops))} FLOPs an operation, ${isSmall ? 'up to' : 'over'} ${thousands(smallNode)}`,
  };
}

/**
 * What to measure a snapshot with: the engine and threads that the configuration names, else those that computed it, else one
 * thread of the processor.
 * @throws UserError when the configuration names an engine that cannot be used here
 */
export async function measuringEngine(
  experiment: Experiment,
  previous: EngineRecord | undefined,
): Promise<{ readonly engine: Engine; readonly threads: number }> {
  const { device, threads } = experiment.config;
  const { opened } = await settledEngine(device, previous);
  const { engine } = opened ?? (await processorEngine(experiment));
  return { engine, threads: threads > 0 ? threads : (previous?.threads ?? 1) };
}

async function processorEngine(experiment: Experiment): Promise<OpenedEngine> {
  const [first] = candidates(experiment, await usableEngines(['cpu', 'wasm'])).engines;
  return first ?? openEngine('cpu');
}
