import { bar } from '../../plot/sparkline.ts';
import type { Style } from '../../plot/style.ts';
import { repeated, type Span, span } from '../../plot/text.ts';
import type { FollowedCell } from '../../sweep/follow.ts';
import { countsOf } from '../../sweep/overview.ts';
import { type CellState, cellStates, isOver } from '../../sweep/state.ts';
import type { Look } from '../terminal/look.ts';

interface Shown {
  readonly sign: string;
  readonly word: string;
  readonly style: Style;
}

/** How the state of a run is shown, everywhere. */
export const shownStates: Readonly<Record<CellState, Shown>> = {
  waiting: { sign: '○', word: 'waiting', style: { fg: 'hint' } },
  queued: { sign: '◇', word: 'queued', style: { fg: 'hint' } },
  running: { sign: '●', word: 'training', style: { fg: 'training', bold: true } },
  done: { sign: '✓', word: 'done', style: {} },
  failed: { sign: '✕', word: 'failed', style: { fg: 'alert', bold: true } },
  stopped: { sign: '■', word: 'stopped', style: { fg: 'out_of_domain' } },
};

/** `✓ 1 ● 2`: how many runs are in each state, what is over first; in words alone where signs are letters. */
export function stateCounts(
  cells: readonly Pick<FollowedCell, 'state'>[],
  { glyphs }: Pick<Look, 'glyphs'>,
  words = false,
): Span[] {
  const [isSigned, isNamed] = [glyphs === 'unicode', words || glyphs === 'ascii'];
  const counts = countsOf(cells);
  const order = [...cellStates.filter(isOver), ...cellStates.filter((state) => !isOver(state)).reverse()];
  return order
    .filter((state) => counts.has(state))
    .map((state, i) => {
      const { sign, word, style } = shownStates[state];
      const parts = [...(isSigned ? [sign] : []), counts.get(state), ...(isNamed ? [word] : [])];
      return span(`${i > 0 ? ' ' : ''}${parts.join(' ')}`, style);
    });
}

/** A share (0 … 1) as a bar of `width` cells. */
export function progressBar(share: number, width: number): Span[] {
  const filled = bar(share, width).trimEnd();
  return [span(filled, { fg: 'training' }), span(repeated('░', width - filled.length), { fg: 'border' })];
}
