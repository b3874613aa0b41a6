import type { Size } from '../../screen/size.ts';
import { type Model, type Step, still, withView } from '../../state/model.ts';
import { selectedHead, selectedPart, shownPatterns } from '../../state/pattern.ts';
import { colourKey } from '../common/colour_key.ts';
import { headGrid, headsInRow, placeOf } from '../common/geometry.ts';
import { arrows, moves, within } from '../common/moves.ts';
import { partKeys } from '../common/part_keys.ts';
import type { PanelKey } from '../contract.ts';
import { headsRoom } from './room.ts';

export const headsKeys: readonly PanelKey[] = [
  ...partKeys(selectedPart),
  colourKey,
  {
    id: 'move_head',
    keys: arrows,
    shown: '← ↓ ↑ →',
    label: 'select',
    help: 'Select a head (also h j k l).',
    act: moveHead,
  },
];

function moveHead(model: Model, key: string, inside: Size | undefined): Step {
  const { right, down } = moves[key]!;
  const { index, count } = selectedHead(model);
  const patterns = shownPatterns(model);
  if (!inside || !patterns) return still(model);
  if (down === 0) return still(withView(model, { head: within(index + right, count.layers * count.heads) }));
  const grid = headGrid(patterns, count, headsRoom(inside), model.look);
  const { row, column } = placeOf(grid, count, index);
  const heads = headsInRow(grid, count, row + down);
  return still(withView(model, { head: heads[Math.min(column, heads.length - 1)] ?? index }));
}
