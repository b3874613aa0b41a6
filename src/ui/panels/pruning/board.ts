import { parseAddress } from '../../../protocol/address.ts';
import { type Model, still, withView } from '../../state/model.ts';
import { boardRows, rowParts, type UnderCursor } from '../../state/ranking.ts';
import { moves, within } from '../common/moves.ts';
import { partKeys } from '../common/part_keys.ts';
import type { PanelKey } from '../contract.ts';

/** The line under the cursor of the board, which stays with its part when the lines change places. */
export function boardCursor(
  { view }: { readonly view: Pick<Model['view'], 'part'> },
  rows: ReturnType<typeof boardRows>,
): number {
  return Math.max(
    0,
    rows.findIndex(({ address }) => address === view.part),
  );
}

/** The part under the cursor; only one that was chosen says that heads are meant. */
export function partOnBoard(model: Model): UnderCursor {
  const rows = boardRows(model);
  const row = rows[boardCursor(model, rows)];
  const { part = '', meant } = model.view;
  const kind = meant && parseAddress(part) && part.includes('H') ? 'heads' : 'neurons';
  return { name: row?.address ?? '', parts: row ? rowParts(model, row.address) : [], kind };
}

/** The part under the cursor stays there once the board has the focus, though the lines change places. */
export function pinnedPart(model: Model): { part: string } | undefined {
  if (model.view.part !== undefined) return undefined;
  const { name } = partOnBoard(model);
  return name === '' ? undefined : { part: name };
}

export const boardKeys: readonly PanelKey[] = [
  // The cursor stays with the part that is acted on, though the lines change places.
  ...partKeys(partOnBoard, (model) => withView(model, { part: partOnBoard(model).name, meant: true })),
  {
    id: 'move_part',
    keys: ['up', 'down', 'k', 'j'],
    shown: '↑ ↓',
    label: 'part',
    help: 'Go along the heads and neurons (also k j).',
    unhinted: true,
    act: (model, key) => {
      const rows = boardRows(model);
      const next = rows[within(boardCursor(model, rows) + moves[key]!.down, rows.length)];
      return still(withView(model, { part: next?.address, meant: true }));
    },
  },
];
