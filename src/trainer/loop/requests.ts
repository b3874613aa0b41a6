import { UserError } from '../../core/errors.ts';
import type { Request } from '../../protocol/messages.ts';
import type { Interventions } from './interventions.ts';
import type { Pausing } from './pausing.ts';
import type { Records } from './records.ts';

/** What a client may ask of the loop; pictures are the server's business. */
export type TrainingRequest =
  | Exclude<Request, { type: 'watch' }>
  /** Of the process that trains: stop, and though the state cannot be saved. */
  | { readonly type: 'end' };

/** What requests act on. */
export interface Steered {
  readonly step: number;
  readonly interventions: Interventions;
  readonly records: Records;
  readonly pausing: Pausing;
  /** Nobody can be asked again. */
  readonly unattended: boolean;
  /** Something was changed at this step. */
  changed(): void;
  reevaluate(): Promise<void>;
  stop(isFinal: boolean): Promise<void>;
}

/** Carries out a request at the step where training stands. @throws UserError when it cannot be */
export async function applyRequest(request: TrainingRequest, steered: Steered): Promise<void> {
  const { step, interventions, records, pausing } = steered;
  switch (request.type) {
    case 'pause':
      return pausing.pause();
    case 'resume':
      return pausing.resume();
    case 'step':
      return pausing.resume(step + Math.max(1, Math.floor(request.count)));
    case 'run_to':
      if (request.step > step) return pausing.resume(Math.floor(request.step));
      throw new UserError({ what: `step ${request.step} is not ahead`, expected: `a step after ${step}` });
    case 'set':
      if (request.path === 'prune.metric') records.requireMeasured(request.value);
      await interventions.set(request.path, request.value, request.why);
      steered.changed();
      // Held-out prompts are the task's.
      return request.path.startsWith('task.') ? steered.reevaluate() : undefined;
    case 'mask':
      await interventions.prune(request.scope, request.edits, request.why);
      steered.changed();
      return steered.reevaluate();
    case 'snapshot':
      if (await records.save(request.why)) return;
      throw new UserError({ what: 'the disk refuses to be written', fix: 'mend that and try again' });
    case 'mark':
      return records.saved.mark(step, request.file, request.marked);
    case 'remove':
      return records.saved.remove(step, request.file);
    case 'stop':
      return steered.stop(steered.unattended);
    case 'end':
      return steered.stop(true);
  }
}
