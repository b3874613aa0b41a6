import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { asFloat32 } from '../../core/tensor.ts';
import { runOnce } from '../../engine/bound.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { Estimate } from '../../protocol/events.ts';
import { isOfActivations } from '../../protocol/interventions.ts';
import type { MaskValues } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { withMeasured } from '../../store/curves.ts';
import { parametersOf } from '../measure/evaluate.ts';
import { createExperiment } from '../session/experiment.ts';
import { withGraftsIn } from '../session/grafts.ts';
import { intervenedBy, maskInputs } from '../session/mask_inputs.ts';
import { measuringEngine } from '../session/processor.ts';
import { evaluationGraph, fixedInputs, pictureOf, probeGraph } from '../session/programs.ts';
import { compactSnapshot } from './compact.ts';
import { ForwardPass } from './forward_pass.ts';
import { compareSpeed, type Saving } from './saving.ts';

export interface CompactionOptions {
  readonly snapshot: Snapshot;
  /** File of the snapshot, for messages. */
  readonly where: string;
  readonly masks: MaskValues;
  /** How to measure, for the snapshot or the smaller one made of it: its configuration with other settings. */
  readonly measured: (snapshot: Snapshot) => RunConfig;
}

export interface Compaction {
  readonly snapshot: Snapshot;
  readonly saving: Saving & { readonly params_before: number; readonly params_after: number };
}

/** Makes a smaller snapshot of what masks leave, with pictures and an evaluation of its own, and measures what it saves. */
export async function compaction({ snapshot, where, masks, measured }: CompactionOptions): Promise<Compaction> {
  const large = createExperiment(measured(snapshot), where, snapshot.task);
  // What heads have from elsewhere is theirs in the smaller model.
  const whole = withGraftsIn({ ...snapshot, mask: masks }, large.model);
  requireOwnActivations(whole.mask!, where);
  const bare = compactSnapshot(whole, large.model, whole.mask!);
  const small = createExperiment(measured(bare), where, snapshot.task);
  const { engine, threads } = await measuringEngine(large, snapshot.engine);
  const before = await ForwardPass.open(engine, large, { snapshot, masks, threads });
  const after = await ForwardPass.open(engine, small, { snapshot: bare, masks: bare.mask!, threads });
  const saving = await compareSpeed(before, after);
  await before.dispose();
  await after.dispose();

  const own = createExperiment(bare.config, where, bare.task);
  const inputs = { ...fixedInputs(own), ...maskInputs(own.model, bare.mask!), theta: parametersOf(bare, own) };
  const intervened = intervenedBy(bare.mask!);
  const activations = await runOnce(engine, probeGraph(own, intervened), inputs);
  const outputs = await runOnce(engine, evaluationGraph(own, intervened), inputs, threads);
  const values = own.task.evaluation.measure(outputs);
  return {
    snapshot: evaluated({ ...bare, probe: asFloat32(pictureOf(own, activations)) }, values),
    saving: {
      params_before: large.model.facts.parameters,
      params_after: small.model.facts.parameters,
      ...saving,
    },
  };
}

/** @throws UserError when heads are given what another snapshot computes, which is of the model with all its parts */
function requireOwnActivations({ interventions = {} }: MaskValues, where: string): void {
  for (const [address, list] of Object.entries(interventions)) {
    const given = list.find(({ kind }) => isOfActivations(kind));
    if (!given) continue;
    throw new UserError({
      where,
      what: `${address} is given what ${given.source} computes, which a smaller model cannot be`,
      fix: `give it back its own first, as :mask ${address}=${given.kind}*0 does`,
    });
  }
}

/** The snapshot with an evaluation in place of that of the model before. */
function evaluated(snapshot: Snapshot, values: Readonly<Record<string, Estimate>>): Snapshot {
  const { step, history } = snapshot;
  const events = snapshot.events.filter(({ type }) => type !== 'evaluated');
  const seq = Math.max(0, ...events.map((event) => event.seq + 1));
  const time = systemClock.date().toISOString();
  return {
    ...snapshot,
    history: withMeasured(history, step, values),
    events: [...events, { v: 1, seq, time, type: 'evaluated', step, values }],
  };
}
