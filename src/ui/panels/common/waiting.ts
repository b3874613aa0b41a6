import { blankLine, fitLine, type Line, span } from '../../../plot/text.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';

/** In the middle of a panel whose picture has not come yet: what will stand there. */
export function waiting({ phase }: Pick<RunState, 'phase'>, text: string, { columns, rows }: Size): Line[] {
  const said = span(phase === 'waiting' ? 'waiting for the trainer' : text, { fg: 'hint' });
  return [
    ...Array.from({ length: Math.floor((rows - 1) / 2) }, () => blankLine(1)),
    fitLine([said], columns, 'center'),
  ];
}
