/** How far a cell is: `waiting` for a place, `queued` with a scheduler, then as far as it came. */
export const cellStates = ['waiting', 'queued', 'running', 'done', 'failed', 'stopped'] as const;

export type CellState = (typeof cellStates)[number];

/** Whether nothing more comes of a cell unless it is started again. */
export function isOver(state: CellState): boolean {
  return state === 'done' || state === 'failed' || state === 'stopped';
}

/** Whether means over seeds take a cell in: what one that failed measured last says nothing of where it would have come to. */
export function isCounted(cell: { readonly state: CellState }): boolean {
  return cell.state !== 'failed';
}
