import type { Token } from '../../plot/style.ts';
import type { RunState } from '../../runs/state.ts';

interface Ending {
  readonly sign: string;
  readonly words: string;
  readonly colour: Token;
}

const finished: Ending = { sign: '✓', words: 'finished', colour: 'focus' };

/** What can end a run without a failure; only a run that did all its steps is ticked off: time that is spent achieves nothing. */
const endings: Readonly<Record<string, Ending>> = {
  completed: finished,
  stopped: { sign: '■', words: 'stopped', colour: 'focus' },
  budget: { sign: '◆', words: 'time budget spent', colour: 'focus' },
  diverged: { sign: '✕', words: 'diverged', colour: 'alert' },
};

/** How to say what ended a finished run. */
export function endingOf({ ending }: RunState): Ending {
  return endings[ending ?? 'completed'] ?? finished;
}
