import { compareKeys } from '../../ui/compare/keys.ts';
import { homeKeys } from '../../ui/home/keys.ts';
import { keyTable } from '../../ui/keys/keys.ts';
import type { RunKey } from '../../ui/keys/run_key.ts';
import { reproduceKeys } from '../../ui/reproduce/keys.ts';
import type { KeyBinding } from '../../ui/screen/key_binding.ts';
import { sweepKeys } from '../../ui/sweep/keys.ts';

/** The screens with keys, and where they come up. */
export const screens = {
  run: 'On the screen of a run:',
  home: 'On the home screen:',
  sweep: 'On the screen of a sweep:',
  compare: 'On the screen of compare:',
  reproduce: 'On the screen of reproduce:',
} as const;

type ScreenName = keyof typeof screens;

/** What a key does on a screen. */
export interface KeyRow {
  readonly screen: ScreenName;
  /** Panels, mode or overlay; empty for everywhere on the screen. */
  readonly where: string;
  readonly shown: string;
  readonly help: string;
}

/** Every key of every screen. */
export function everyKey(): KeyRow[] {
  return [
    ...rowsOf('run', keyTable, placeOf),
    ...rowsOf('home', homeKeys),
    ...rowsOf('sweep', sweepKeys),
    ...rowsOf('compare', compareKeys),
    ...rowsOf('reproduce', reproduceKeys),
  ];
}

const overlays = { leave: 'menu of q', help: 'help', line: 'line of : and N' } as const;
const modes = { live: '', group: 'several seeds', replay: 'replay' } as const;

function placeOf({ over, mode, panels = [] }: RunKey): string {
  if (over !== undefined) return overlays[over];
  return (mode && modes[mode]) || panels.map(({ id }) => id).join(', ');
}

function rowsOf<B extends Pick<KeyBinding<never, never>, 'shown' | 'help'>>(
  screen: ScreenName,
  bindings: readonly B[],
  where: (binding: B) => string = () => '',
): KeyRow[] {
  return bindings.map((binding) => ({ screen, where: where(binding), shown: binding.shown, help: binding.help }));
}
