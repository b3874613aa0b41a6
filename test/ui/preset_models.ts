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
const small = ['evaluate.prompts=12', 'train.batch=2'];

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
