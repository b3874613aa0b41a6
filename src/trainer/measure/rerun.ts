import { asFloat32 } from '../../core/tensor.ts';
import { resolveConfig } from '../../presets/resolve.ts';
import type { MaskValues } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { controlsOf } from '../contract/session.ts';
import { Interventions } from '../loop/interventions.ts';
import { initialMask, type MaskState } from '../loop/mask_state.ts';
import { openEngine } from '../session/device.ts';
import { createExperiment } from '../session/experiment.ts';
import { withHeadsOf } from '../session/heads.ts';
import { EngineSession } from '../session/session.ts';
import type { RunState } from './differences.ts';
import type { Stretch } from './stretches.ts';

/**
 * Computes a run again, with every change that people made at the step where it took effect.
 * @param stretches at least one
 * @param where file of the snapshot that it leads to, for messages
 * @param grafts weights that changes on the way graft
 * @param from what the first stretch begins with; the start values unless given
 * @throws UserError when an engine cannot be used here
 */
export async function rerun(
  stretches: readonly Stretch[],
  where: string,
  grafts?: MaskValues['grafts'],
  from?: Snapshot,
): Promise<RunState> {
  let state: RunState | undefined;
  let mask: MaskState | undefined;
  for (const stretch of stretches) {
    const { config } = resolveConfig(stretch.config, where);
    const experiment = createExperiment(config, where, (state ?? from)?.task);
    const saved = from && withHeadsOf(from, experiment);
    const { engine } = await openEngine(stretch.engine.name);
    const session = await EngineSession.start(engine, experiment, stretch.engine, state ?? saved);
    const begun = initialMask(experiment.model.facts, saved);
    mask ??= grafts ? { ...begun, values: { ...begun.values, grafts } } : begun;
    await session.prune(mask.values, mask.scope);
    mask = await trained(
      stretch,
      session,
      new Interventions({ config, facts: experiment.model.facts, mask, session, port: { emit: () => undefined } }),
    );
    const { task } = session.experiment;
    state = {
      ...(await session.capture()),
      task: task.fixed,
      mask: mask.values,
      probe: asFloat32(await session.probe()),
    };
    await session.dispose();
  }
  return state!;
}

/** Trains to the end of a stretch. @returns what is pruned there */
async function trained(
  { until, engine: { unroll }, changes }: Stretch,
  session: EngineSession,
  interventions: Interventions,
): Promise<MaskState> {
  const advance = async (step: number): Promise<void> => {
    while (session.step < step) {
      const count = step - session.step >= unroll ? unroll : 1;
      await session.advance(count, controlsOf(interventions.config));
    }
  };
  for (const change of changes) {
    await advance(change.step);
    if (change.type === 'mask_applied') await interventions.prune(change.scope, change.edits);
    else await interventions.set(change.path, change.to);
  }
  await advance(until);
  return interventions.mask;
}
