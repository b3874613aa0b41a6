import type { Clock } from '../../core/clock.ts';
import { measuresOf } from '../../models/known/measures.ts';
import type { EventBody, Numbers } from '../../protocol/events.ts';
import { isOpen, openMasks } from '../../protocol/mask_values.ts';
import type { LiveStatus } from '../../protocol/messages.ts';
import { maskApplied } from '../loop/mask_state.ts';
import { compareBeside } from '../measure/comparisons.ts';
import { finiteTheory, startIsLost, theoryAtStart, theoryNotices } from '../measure/theory.ts';
import { pictureShapes } from '../session/programs.ts';
import { type ReadyRun, versions } from './ready.ts';
import type { Recorder } from './recorder.ts';

/** Work that goes on beside training. */
export interface Aside {
  readonly what: string;
  readonly work: () => Promise<void>;
}

/**
 * Says what a run begins with: its settings and closed forms, what is pruned, what a person should know.
 * @param isOver whether the run has ended, and with it what goes on beside it
 * @returns what is measured beside training, and told when it is known
 */
export async function sayHowItBegins(
  run: ReadyRun,
  recorder: Recorder,
  clock: Clock,
  isOver: () => boolean,
  flush: () => Promise<void>,
): Promise<readonly Aside[]> {
  const { experiment, mask, session, snapshot } = run;
  const theory = startIsLost(snapshot)
    ? { ...finiteTheory(experiment.task.theory), later: undefined }
    : await theoryAtStart(experiment, clock, isOver);
  recorder.emit(started(run, theory.values));
  if (mask.revision > 0 || !isOpen(mask.values)) {
    recorder.repeat(maskApplied(session.step, openMasks(experiment.model.facts), mask));
  }
  const notice = (message: string) => recorder.emit({ type: 'alert', step: session.step, kind: 'notice', message });
  for (const message of [...run.notices, ...recorder.notices, ...theoryNotices(experiment.metrics, theory)])
    notice(message);
  // What the disk refuses stays in the journal's memory, and the loop hears of it.
  const tell = () => flush().catch(() => undefined);
  const tellTheory = async (): Promise<void> => {
    const values = await theory.later?.();
    if (!values || isOver()) return;
    recorder.emit({ type: 'theory', step: session.step, values });
    await tell();
  };
  const compare = () =>
    compareBeside(experiment.task.evaluation, experiment.metrics, clock, isOver, async (values, notices) => {
      recorder.emit({ type: 'evaluated', step: session.step, values });
      for (const message of notices) notice(message);
      await tell();
    });
  return [
    { what: 'the theory of the start', work: tellTheory },
    { what: 'a comparison', work: compare },
  ];
}

/** What screens are shown until training begins. */
export function statusAtStart({ session, record }: ReadyRun): LiveStatus {
  const { steps, pace } = record.config.train;
  return { step: session.step, state: 'starting', stepsPerSecond: 0, until: steps, pace };
}

function started({ record, experiment, tuned, session }: ReadyRun, theory: Numbers): EventBody {
  return {
    type: 'run_started',
    run: record.run,
    config: record.config,
    engine: tuned,
    versions,
    model: experiment.model.facts,
    theory,
    measures: measuresOf([experiment.task.definition, experiment.model.definition]),
    pictures: Object.fromEntries(pictureShapes(experiment)),
    step: session.step,
    ...(record.parent && { parent: record.parent }),
  };
}
