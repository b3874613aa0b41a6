import { blankLine, fitLine, type Line, span, wrapText } from '../../../plot/text.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';

/** What is to come, in rows of at most so many cells; while the trainer starts, after what. */
export function toCome({ phase }: Pick<RunState, 'phase'>, text: string, columns: number): string[] {
  return wrapText(phase === 'waiting' ? `the engine starts; in a moment ${text}` : text, columns - 2);
}

/** In the middle of a panel whose picture has not come yet: what will stand there. */
export function waiting(run: Pick<RunState, 'phase'>, text: string, { columns, rows }: Size): Line[] {
  const said = toCome(run, text, columns);
  return [
    ...Array.from({ length: Math.max(0, Math.floor((rows - said.length) / 2)) }, () => blankLine(1)),
    ...said.map((row) => fitLine([span(row, { fg: 'hint' })], columns, 'center')),
  ].slice(0, rows);
}
