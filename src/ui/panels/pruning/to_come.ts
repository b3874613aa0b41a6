import { sparkline } from '../../../plot/sparkline.ts';
import { type Line, lineWidth, span } from '../../../plot/text.ts';
import { indexOf } from '../../../protocol/mask_edits.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Model, View } from '../../state/model.ts';
import { type BoardRow, rowParts, scoresOf } from '../../state/ranking.ts';

interface Shown extends Pick<Model, 'latest'> {
  readonly view: Pick<View, 'score'>;
  readonly isOver: boolean;
  readonly run: Pick<RunState, 'model'>;
}

/**
 * Parts of which nothing is measured yet, side by side in lines of at most so many cells, each under its name with how large
 * it is among those of its kind.
 */
export function partsToCome(
  model: Shown,
  rows: readonly BoardRow[],
  label: (row: BoardRow) => Line,
  columns: number,
): { readonly line: Line; readonly rows: readonly BoardRow[] }[] {
  const sizes = sizesOf(model, rows);
  const lines: { line: Line; rows: BoardRow[] }[] = [];
  for (const [at, row] of rows.entries()) {
    const one = [...label(row), span(sizes[at]!, { fg: 'in_domain', dim: true }), span(' ')];
    const last = lines.at(-1);
    if (last && lineWidth(last.line) + lineWidth(one) <= columns) {
      last.line = [...last.line, ...one];
      last.rows.push(row);
    } else lines.push({ line: one, rows: [row] });
  }
  return lines;
}

/** A bar of one cell for each part, by what parts are ranked by, the largest of a kind full; nothing where that is not known. */
function sizesOf(model: Shown, rows: readonly BoardRow[]): string[] {
  const known = { heads: scoresOf(model, 'heads', model.isOver), neurons: scoresOf(model, 'neurons', model.isOver) };
  const sizes = rows.map(({ address }) => {
    const parts = rowParts(model, address);
    const kind = parts[0] && 'head' in parts[0] ? ('heads' as const) : ('neurons' as const);
    const of = known[kind];
    if (typeof of === 'string' || parts.length === 0) return { kind, size: Number.NaN };
    const scores = parts.map((part) => of.data[part.layer * of.shape[1]! + indexOf(part)]!);
    return { kind, size: scores.reduce((sum, score) => sum + score, 0) / scores.length };
  });
  const largest = (kind: string) =>
    Math.max(...sizes.filter((one) => one.kind === kind && Number.isFinite(one.size)).map(({ size }) => size));
  const most = { heads: largest('heads'), neurons: largest('neurons') };
  return sizes.map(({ kind, size }) =>
    Number.isFinite(size) && most[kind] > 0 ? ` ${sparkline([size / most[kind]], 1, { min: 0, max: 1 })}` : '',
  );
}
