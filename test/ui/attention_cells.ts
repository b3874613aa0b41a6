import { layoutOf } from '../../src/ui/layout/opening.ts';
import { entriesSeen, headGrid, headsInRow, rowsInView } from '../../src/ui/panels/common/geometry.ts';
import { headPlacement } from '../../src/ui/panels/head/placement.ts';
import { headsRoom } from '../../src/ui/panels/heads/room.ts';
import { type Size, withinBorder } from '../../src/ui/screen/size.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { selectedHead } from '../../src/ui/state/pattern.ts';
import { patternSize } from '../../src/ui/state/probe.ts';

/** Entries of attention patterns that have a pixel of their own on a screen; a tile counts as one. */
export function attentionCells(model: Model): number {
  const pattern = patternSize(model)!;
  const { count, index } = selectedHead(model);
  const seen = (picture: Size) => entriesSeen(pattern, picture, model.look);
  const cells = layoutOf(model).panels.map(({ panel, at }) => {
    const inside = withinBorder(at);
    if (panel.id === 'head') return seen(headPlacement(pattern, inside, model).picture);
    if (panel.id !== 'heads') return 0;
    const grid = headGrid(pattern, count, headsRoom(inside), model.look);
    const heads = rowsInView(grid, count, index).flatMap((row) => headsInRow(grid, count, row));
    return heads.length * (grid.tiles ? 1 : seen(grid.thumbnail));
  });
  return cells.reduce((sum, one) => sum + one, 0);
}
