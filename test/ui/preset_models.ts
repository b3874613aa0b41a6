import type { HostTensor } from '../../src/core/tensor.ts';
import { loadEngine } from '../../src/engine/registry.ts';
import { knownMeasures } from '../../src/models/known/measures.ts';
import { loadPreset } from '../../src/presets/load.ts';
import { parseSetting, resolveConfig } from '../../src/presets/resolve.ts';
import { ablationAddresses } from '../../src/protocol/ablation.ts';
import type { EventBody } from '../../src/protocol/events.ts';
import type { ProbeFrame } from '../../src/protocol/messages.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { emptyRun } from '../../src/runs/state.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { EngineSession } from '../../src/trainer/session/session.ts';
import { update } from '../../src/ui/run/update.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { initialModel } from '../../src/ui/state/model.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { utf8 } from './fake_model.ts';
import { stamped } from './fake_source.ts';

/** Few prompts keep the evaluation of every preset short; no panel depends on how many there are. */
export const small = ['evaluate.prompts=12', 'train.batch=2'];

/** What a trainer tells of the first steps of a run, and the pictures that it sends. */
export interface Recorded {
  readonly bodies: readonly EventBody[];
  readonly frame: ProbeFrame;
}

/** Trains a preset for two steps on the real engine, evaluated before and after, with a part of everything measured. */
export async function recorded(preset: string, settings: readonly string[] = []): Promise<Recorded> {
  const { raw, where } = loadPreset(preset);
  const { config } = resolveConfig(raw, where, [...small, ...settings].map(parseSetting));
  const experiment = createExperiment(config, where);
  const session = await EngineSession.start(await loadEngine('cpu'), experiment, { threads: 1, unroll: 1 });
  const { facts } = experiment.model;
  const { learning_rate: learningRate, weight_decay: weightDecay, clip_norm: clipNorm, steps } = config.train;
  const bodies: EventBody[] = [
    {
      type: 'run_started',
      measures: knownMeasures(),
      step: 0,
      run: `${preset}-20261103-141502`,
      config,
      engine: { name: 'cpu', version: '1', threads: 1, unroll: 8 },
      versions: { incline: '0', node: '20', platform: 'linux' },
      model: facts,
      theory: experiment.task.theory,
    },
    { type: 'evaluated', step: 0, values: await session.evaluate() },
  ];
  for (let step = 1; step <= 2; step++) {
    const scalars = await session.advance(1, { learningRate, weightDecay, clipNorm, totalSteps: steps });
    const values = Object.fromEntries(Object.entries(scalars).map(([name, data]) => [name, data[0]!]));
    bodies.push({ type: 'metrics', step, values });
  }
  bodies.push({ type: 'evaluated', step: 2, values: await session.evaluate() });
  const entries = ablationAddresses(facts).map((address, at) => ({
    address,
    delta: at - 1,
    stderr: at % 2 ? null : 0.1,
  }));
  bodies.push({ type: 'ledger', step: 2, metric: 'in_domain_inference_loss', revision: 0, entries });
  const tensors = Object.fromEntries(Object.entries(await session.probe()).map(([name, value]) => [name, sent(value)]));
  await session.dispose();
  return { bodies, frame: { step: 2, tensors } };
}

const sent = ({ shape, data }: HostTensor) => ({ shape, data: Float32Array.from(data) });

/** A longer run of the same names and shapes, with numbers that no engine or machine rounds differently. */
export function steady({ bodies, frame }: Recorded): Recorded {
  const [start, last] = [bodies[0]!, bodies.findLast(({ type }) => type === 'evaluated')!];
  const scalars = bodies.find(({ type }) => type === 'metrics')!;
  if (start.type !== 'run_started' || last.type !== 'evaluated' || scalars.type !== 'metrics')
    throw new Error('not a recording');
  const theory = Object.keys(start.theory).map((name, at) => [name, start.theory[name] && 0.01 * (at + 1)]);
  const falling = (names: readonly string[], step: number) =>
    names.map((name, at) => [name, Math.exp(-step / (50 + 20 * at)) / (at + 1)] as const);
  const measured = Array.from({ length: 21 }, (_, at): EventBody[] => {
    const step = 10 * at;
    const estimates = falling(Object.keys(last.values), step).map(([name, mean]) => [
      name,
      { mean, stderr: mean / 20, n: 200 },
    ]);
    return [
      { type: 'metrics', step, values: Object.fromEntries(falling(Object.keys(scalars.values), step)) },
      { type: 'evaluated', step, values: Object.fromEntries(estimates) },
    ];
  });
  const ledger = { ...bodies.find(({ type }) => type === 'ledger')!, step: 200 };
  const tensors = Object.entries(frame.tensors).map(([name, { shape, data }]) => [
    name,
    { shape, data: even(shape, data) },
  ]);
  return {
    bodies: [{ ...start, theory: Object.fromEntries(theory) }, ...measured.flat(), ledger],
    frame: { step: 200, tensors: Object.fromEntries(tensors) },
  };
}

/** Whole numbers as they are; others as weights that sum to one over the last axis, and none where there was none. */
function even(shape: readonly number[], data: Float32Array): Float32Array {
  if (data.every(Number.isInteger)) return data;
  const length = shape.at(-1) ?? 1;
  const weights = data.map((value, at) =>
    value === 0 ? 0 : Math.exp(3 * Math.sin(7 * Math.floor(at / length) + 3 * at)),
  );
  return weights.map((weight, at) => {
    const row = weights.subarray(at - (at % length), at - (at % length) + length);
    return weight / row.reduce((sum, one) => sum + one, 0) || 0;
  });
}

/** The screen on what was recorded and what came after it. */
export function screenOn({ bodies, frame }: Partial<Recorded>, more: readonly EventBody[] = []): Model {
  const run = [...(bodies ?? []), ...more].reduce(
    (state, body, at) => reduceRun(state, stamped(body, at + 1)),
    emptyRun,
  );
  const status = { step: run.step, state: 'running', stepsPerSecond: 104, until: 2000, pace: 0 } as const;
  const start = initialModel({ columns: 120, rows: 40 }, chooseLook(utf8));
  const known = [{ type: 'run', run } as const, { type: 'status', status } as const];
  const actions = [...known, ...(frame ? [{ type: 'probe', frame } as const] : [])];
  return actions.reduce<Model>((model, action) => update(model, action).model, start);
}
