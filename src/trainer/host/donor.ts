import { dirname } from 'node:path';
import { donorNamed } from '../../store/donor.ts';
import type { Graft } from '../loop/interventions.ts';
import { withGrafts } from '../session/grafts.ts';
import type { ReadyRun } from './ready.ts';

/** Weights from snapshots of the run itself, of runs beside it, or of any file. */
export function graftsInto({ folder, session }: Pick<ReadyRun, 'folder' | 'session'>): Graft {
  const open = (source: string) => donorNamed(source, dirname(folder), folder);
  return (edits, known) => withGrafts(edits, known, session.experiment, open);
}
