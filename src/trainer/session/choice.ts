import { createHash } from 'node:crypto';
import { availableParallelism, cpus, hostname } from 'node:os';
import { UserError } from '../../core/errors.ts';
import { significant } from '../../core/format.ts';
import { addressLimit } from '../../core/memory_limit.ts';
import { commandLine } from '../../core/own_command.ts';
import { productSpeed } from '../../engine/speed.ts';
import { type Graph, lengths } from '../../graph/types.ts';
import type { EngineRecord } from '../../protocol/events.ts';
import type { Experiment } from '../contract/session.ts';
import { type OpenedEngine, settledEngine, usableEngines } from './device.ts';
import { candidates } from './processor.ts';
import { trainingGraph } from './programs.ts';
import { type Tuning, tune } from './tuning.ts';

/** What a choice of the engine came to. */
export interface Measured {
  readonly engine: string;
  /** How much faster it is than the others, or why there was nothing to time. */
  readonly comparison: string;
}

/** Keeps what was measured, so that the next run of the same model on the same machine need not. */
export interface ChoiceMemory {
  recall(key: string): Measured | undefined;
  keep(key: string, measured: Measured): Promise<void>;
}

export interface ChoiceOptions {
  readonly spareCore: boolean;
  /** What computed the snapshot that is gone on with. */
  readonly previous?: EngineRecord | undefined;
  readonly memory?: ChoiceMemory | undefined;
  /** What can be used here; all engines are asked unless given. */
  readonly usable?: readonly OpenedEngine[];
}

/** What a run computes with. */
export interface Choice extends OpenedEngine {
  readonly tuning: Tuning;
  /** What a person should know about it. */
  readonly notices: readonly string[];
}

/**
 * The engine of a run, with threads and unrolling. Where the configuration says `auto`, a new run takes on the processor
 * what the size of the model says, and where there are devices too, the one that does an update of this very model in the
 * least time, found by a short trial.
 * What was chosen is said when it is chosen or another than before, not at every run.
 * @throws UserError when the configuration names an engine that cannot be used here, or none can
 */
export async function chooseEngine(experiment: Experiment, options: ChoiceOptions): Promise<Choice> {
  const { opened, notice } = await settledEngine(experiment.config.device, options.previous);
  const notices = [notice, tooManyThreads(experiment.config.threads)].filter((line) => line !== undefined);
  if (opened) return { ...opened, tuning: await tune(opened.engine, experiment, options), notices };
  const fresh = { ...options, previous: undefined };
  const usable = options.usable ?? (await usableEngines());
  if (usable.length === 0)
    throw noneUsable([`${commandLine('devices')} says why`, addressLimit() ?? []].flat().join('; '));
  const { engines, why } = candidates(experiment, usable);
  const [only] = engines;
  const key = keyOf(engines.length > 1 ? trainingGraph(experiment, 1) : undefined, engines);
  const known = options.memory?.recall(key);
  const chosen = engines.length > 1 ? engines.find(({ engine }) => engine.name === known?.engine) : only;
  const tuned = chosen && { ...chosen, tuning: await tune(chosen.engine, experiment, fresh) };
  if (tuned && known) return { ...tuned, notices };
  const reason = usable.length > 1 ? why : 'the only engine that can be used here; incline devices tells more';
  const { best, comparison } = tuned
    ? { best: tuned, comparison: reason }
    : await trial(experiment, usable, engines, fresh);
  await options.memory?.keep(key, { engine: best.engine.name, comparison });
  return { ...best, notices: [...notices, `auto chose ${best.engine.name}: ${comparison}`] };
}

function tooManyThreads(asked: number): string | undefined {
  const cores = availableParallelism();
  return asked > cores ? `threads is ${asked}, and this machine has ${cores} cores: ${cores} are used` : undefined;
}

const noneUsable = (why: string): UserError =>
  new UserError({ where: 'device', what: `no engine can be used here: ${why}` });

/** Times an update on every engine of these whose products of matrices are not slower than those of the first that can be used. */
async function trial(
  experiment: Experiment,
  usable: readonly OpenedEngine[],
  engines: readonly OpenedEngine[],
  options: ChoiceOptions,
): Promise<{ best: OpenedEngine & { tuning: Tuning }; comparison: string }> {
  const timed: (OpenedEngine & { tuning: Tuning })[] = [];
  const left: string[] = [];
  const processor = await productSpeed(usable[0]!.engine);
  for (const opened of engines) {
    const { engine } = opened;
    const speed = engine.device ? await productSpeed(engine) : processor;
    if (speed < processor) {
      left.push(`${engine.name} multiplies matrices ${significant(processor / speed)} times more slowly`);
      continue;
    }
    try {
      timed.push({ ...opened, tuning: await tune(engine, experiment, options) });
    } catch (error) {
      left.push((error as Error).message);
    }
  }
  timed.sort((a, b) => a.tuning.stepTime - b.tuning.stepTime);
  const [best, ...others] = timed;
  if (!best) throw noneUsable(left.join('; '));
  const ratios = others.map(({ engine, tuning }) => {
    const ratio = tuning.stepTime / best.tuning.stepTime;
    return `${significant(ratio)}× as fast as ${engine.name} (${milliseconds(best)} against ${milliseconds({ tuning })} ms a step)`;
  });
  return { best, comparison: [...ratios, ...left].join('; ') };
}

const milliseconds = ({ tuning }: { readonly tuning: Tuning }): string => significant(tuning.stepTime);

/** Stands for a model, by the operations and sizes of one update, or any, on a machine and its engines. */
function keyOf(graph: Graph | undefined, usable: readonly OpenedEngine[]): string {
  const model = graph?.nodes.map(({ op, inputs, shape }) => [op, inputs, lengths(shape)]);
  const engines = usable.map(({ engine, version, adapter }) => [engine.name, version, adapter]);
  const machine = [hostname(), cpus().length, cpus()[0]?.model, engines];
  return createHash('sha256')
    .update(JSON.stringify([machine, model]))
    .digest('hex');
}
