import { commandLine } from '../../core/own_command.ts';
import { type Line, span } from '../../plot/text.ts';
import { explained } from '../screen/hints.ts';

/** What stands on the home screen. */
const words: readonly (readonly [word: string, meaning: string])[] = [
  ['runs', 'What is being trained and what was trained before; forks stand under the run that they came from.'],
  ['presets', 'Settings with a name: enter trains with them, on the screen where heads and neurons can be pruned.'],
  ['recipes', 'Figures of the papers: enter trains what they need and says which of their claims hold.'],
  ['● ‖ ○', 'Training, paused, left without an end.'],
  ['✓ ■ ◆ ✕', 'Ended: done, stopped, out of its budget, failed or diverged.'],
  ['curve', 'What the run is judged by, over its steps, on a log scale; its last value beside it.'],
];

/** What the help says beside the keys. */
export function homeHelp(width: number): readonly Line[] {
  return [
    [span(' on the screen', { fg: 'hint' })],
    ...words.flatMap(([word, meaning]) => explained(word, 9, meaning, width)),
    [],
    [span(`   Everything here has a command as well: ${commandLine('--help')} lists them.`, { fg: 'hint' })],
  ];
}
