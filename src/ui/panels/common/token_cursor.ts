import { type Model, type Step, still, withView } from '../../state/model.ts';
import { selectedHead, shownPatterns } from '../../state/pattern.ts';
import { promptsAreRows } from '../../state/probe.ts';
import type { PanelKey } from '../contract.ts';
import { arrows, moves, within } from './moves.ts';

/** Moves the cursor that the panels of tokens share: along the queries down, along the keys across. */
export const moveCellKey: PanelKey = {
  id: 'move_cell',
  keys: arrows,
  shown: '← ↓ ↑ →',
  label: 'cell',
  help: 'Move the cursor, which all panels of tokens share (also h j k l).',
  enabled: (model) => model.probe !== undefined || 'no attention pattern has come yet',
  act: (model, key) => {
    if (!model.run.model?.pattern) return still(model);
    const { right, down } = moves[key]!;
    return still(moveToken(model, down, right));
  },
};

/** Moves along the tokens; in the head weights also from head to head. */
export function moveAlongTokens(model: Model, key: string): Step {
  const { right, down } = moves[key]!;
  const { index, count } = selectedHead(model);
  const moved = promptsAreRows(model) ? moveToken(model, 0, right) : moveToken(model, right, 0);
  return still(withView(moved, { head: within(index + down, count.layers * count.heads) }));
}

function moveToken(model: Model, tokens: number, entries: number): Model {
  const { rows, columns } = shownPatterns(model) ?? model.run.model?.pattern ?? { rows: 1, columns: 1 };
  const { row, column } = model.view.cell;
  return withView(model, { cell: { row: within(row + tokens, rows), column: within(column + entries, columns) } });
}
