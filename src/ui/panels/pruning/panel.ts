import { plural } from '../../../core/format.ts';
import type { Style } from '../../../plot/style.ts';
import type { Line, Span } from '../../../plot/text.ts';
import { fitLine, fitText, lineWidth, repeated, span } from '../../../plot/text.ts';
import { formatIntervention } from '../../../protocol/interventions.ts';
import type { Size } from '../../screen/size.ts';
import { isOver, type Model } from '../../state/model.ts';
import { selectedPart } from '../../state/pattern.ts';
import type { BoardRow, UnderCursor } from '../../state/ranking.ts';
import { boardIntervention, boardRows, interventionOn, keptAmong, rankedKind, rowParts } from '../../state/ranking.ts';
import { isPaused } from '../../state/steering.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { boardCursor, boardKeys, partOnBoard, pinnedPart } from './board.ts';
import { nameWidth } from './columns.ts';
import { drawEffects } from './effects.ts';
import { crossed, headingLines, isBare } from './heading.ts';
import { titleOfIntervention } from './kinds.ts';
import { measuredCells } from './measured.ts';
import { partsToCome } from './to_come.ts';
import { skyline } from './towers.ts';

const id = 'pruning';

/** Rows that are not parts: border, sizes, heading. */
const around = 4;
/** Rows of the screen that it fills from which all parts stand above the list as a skyline. */
const roomy = 26;

const select = (model: Model, under: UnderCursor | undefined) => {
  const { latest, run, view, look } = model;
  return {
    latest,
    look,
    run: pick(run, 'phase', 'metrics', 'model', 'mask', 'ablation', 'estimates', 'probed', 'curves', 'marks'),
    view: pick(view, 'part', 'score', 'intervention', 'zoomed'),
    focused: view.focus === id && !look.still,
    kind: rankedKind(run, under),
    layer: (under ?? selectedPart(model)).parts[0]?.layer ?? 0,
    isOver: isOver(model),
    replay: model.replay !== undefined,
    // Only where there is room for it.
    effects: view.zoomed === id ? run : undefined,
    whyUnmeasured: whyUnmeasured(model),
  };
};
type Shown = ReturnType<typeof select>;

/** What every head and neuron is worth, what is pruned, and who sees it. */
export const pruningPanel: Panel<Shown> = {
  id,
  name: 'pruning',
  column: 'left',
  minimum: 8,
  ample: 8,
  maximum: 40,
  share: 1,
  dropped: 2,
  pictures: true,
  ofNow: true,
  ablation: true,
  keys: boardKeys,
  parts: partOnBoard,
  settle: pinnedPart,
  select,
  uses: (shown, { rows }) => (shown.run.model ? boardRows(shown).length + around : rows),
  draw(model, size) {
    if (!model.run.model) {
      return {
        title: 'pruning',
        body: waiting(model.run, 'what is lost without each head and neuron appears here', size),
      };
    }
    const isWide = model.view.zoomed === id && size.columns >= sideBySide && model.run.ablation.entries.size > 0;
    const body = isWide ? besideEachOther(model, size) : belowEachOther(model, size);
    return {
      title: titleOf(model),
      detail: scopeAndCounts(model, size.columns - titleOf(model).length - 9),
      body,
    };
  },
};

/** Columns of the screen that it fills from which the skyline stands beside the list, and those of the list. */
const sideBySide = 150;
const listWidth = 100;

function belowEachOther(model: Shown, size: Size): Line[] {
  const towers =
    model.view.zoomed === id && size.rows >= roomy
      ? skyline(model, { columns: size.columns, rows: Math.floor(size.rows / 3) })
      : [];
  const list = listOf(model, { columns: size.columns, rows: size.rows - towers.length });
  return [...towers, ...list, ...effectsOf(model, size, towers.length + list.length)];
}

/** The list, as high as leaves the pictures below half of the rows, and right of it the skyline. */
function besideEachOther(model: Shown, size: Size): Line[] {
  const rows = Math.max(leastBeside, Math.min(boardRows(model).length + 2, Math.floor(size.rows / 2)));
  const list = listOf(model, { columns: listWidth, rows });
  const towers = skyline(model, { columns: size.columns - listWidth - 2, rows });
  const above = Array.from(
    { length: rows },
    (_, row): Line => [...fitLine(list[row] ?? [], listWidth), span('  '), ...(towers[row] ?? [])],
  );
  return [...above, ...effectsOf(model, size, rows)];
}

/** Rows of the list with a skyline beside it, at least. */
const leastBeside = 14;

function effectsOf(model: Shown, { columns, rows }: Size, taken: number): Line[] {
  return model.effects ? drawEffects({ ...model, run: model.effects }, { columns, rows: rows - taken }) : [];
}

function listOf(model: Shown, size: Size): Line[] {
  const heading = (range: string) => headingLines(model, size, range, model.whyUnmeasured);
  const { lines, range } = partLines(model, { columns: size.columns, rows: size.rows - heading('').length });
  return [...heading(range), ...lines];
}

/** What is done to parts to tell what they are worth. */
function titleOf(model: Shown): string {
  const given = boardIntervention(model);
  return given.kind === 'remove' && given.amount === 1 ? id : titleOfIntervention(given);
}

/** `scope CLAMP · 10 of 64 neurons, 0 of 8 heads out`, shortened where there is little room. */
function scopeAndCounts({ run }: Shown, room: number): Line {
  const { scope, values } = run.mask;
  const counted = (kind: 'heads' | 'neurons') => {
    const { data } = values[kind];
    const name = data.length === 1 ? kind.slice(0, -1) : kind;
    return data.length === 0 ? [] : [`${data.filter((kept) => kept === 0).length} of ${data.length} ${name}`];
  };
  const counts = [...counted('neurons'), ...counted('heads')].join(', ');
  const seen = scope === 'clamp' ? 'training sees it' : 'evaluation only';
  const forms = [` · ${seen} · ${counts} out`, ` · ${counts} out`, ` · ${counts.replaceAll(' of ', '/')} out`];
  const name = `scope ${scope.toUpperCase()}`;
  const form = forms.find((text) => name.length + text.length <= room) ?? '';
  return [
    span('scope ', { fg: 'hint' }),
    span(scope.toUpperCase(), { fg: scope === 'clamp' ? 'alert' : 'intervention', bold: true }),
    span(form, { fg: 'hint' }),
  ];
}

/** The parts that fit, the one under the cursor among them: those that were measured a line each, then those to come. */
function partLines(model: Shown, size: Size): { readonly lines: Line[]; readonly range: string } {
  const rows = boardRows(model);
  const measured = isBare(model) ? [] : rows.filter(({ entry }) => entry !== undefined);
  const selected = rows[boardCursor(model, rows)];
  const toCome = linesToCome(model, rows.slice(measured.length), selected, size.columns);
  const room = Math.max(1, size.rows);
  const cursor = selected ? measured.indexOf(selected) : 0;
  // What is to come has the rows that the list leaves it, and one or two at least: why, and the cursor.
  const least = Math.min(toCome.length, cursor < 0 ? 2 : 1);
  const listed = Math.max(0, Math.min(measured.length, room - least));
  const first = Math.max(0, Math.min(cursor - Math.floor(listed / 2), measured.length - listed));
  // Full where the metric doubles, or more: an effect of a thousandth is no longer than that.
  const largest = Math.max(
    ...measured.map(({ entry }) => Math.max(Math.abs(entry?.delta ?? 0) + (entry?.stderr ?? 0), entry?.base ?? 0)),
    1e-300,
  );
  const visible = measured.slice(first, first + listed);
  const range = listed < measured.length ? `${first + 1}–${first + listed} of ${measured.length}` : '';
  const lines = visible.map((row) => partLine(model, row, row === selected, largest, size.columns));
  return { lines: [...lines, ...withCursor(toCome, { columns: size.columns, rows: room - listed })], range };
}

/** Cells at the end of a line that say how many parts are not in view. */
const roomForMore = 10;

interface LineToCome {
  readonly line: Line;
  readonly hasCursor: boolean;
  /** Parts in it. */
  readonly count: number;
}

/** How many parts have not been measured among others that were, and why; then their names. */
function linesToCome(
  model: Shown,
  rows: readonly BoardRow[],
  selected: BoardRow | undefined,
  columns: number,
): LineToCome[] {
  if (rows.length === 0) return [];
  const label = (row: BoardRow): Line => {
    const { mark, text, style } = labelOf(model, row, row === selected);
    return [mark, span(text, style)];
  };
  const parts = partsToCome(model, rows, label, columns - roomForMore).map(
    ({ line, rows: among }): LineToCome => ({
      line,
      hasCursor: selected !== undefined && among.includes(selected),
      count: among.length,
    }),
  );
  if (isBare(model)) return parts;
  const count = ` ${rows.length} more`;
  const why = model.whyUnmeasured.find((form) => count.length + 2 + form.length <= columns) ?? '';
  return [{ line: [span(`${count}: ${why}`, { fg: 'hint' })], hasCursor: false, count: 0 }, ...parts];
}

/** As many lines as there is room for, from the first: that of the cursor in place of the last one where it would not be seen. */
function withCursor(lines: readonly LineToCome[], { columns, rows }: Size): Line[] {
  const at = lines.findIndex(({ hasCursor }) => hasCursor);
  const shown = at < rows ? lines.slice(0, rows) : [...lines.slice(0, Math.max(0, rows - 1)), lines[at]!];
  const countOf = (some: readonly LineToCome[]): number => some.reduce((sum, { count }) => sum + count, 0);
  const hidden = countOf(lines) - countOf(shown);
  const more = hidden > 0 ? ` +${plural(hidden, 'part')}` : '';
  return shown.map(({ line }, row) =>
    row === shown.length - 1 && more !== '' && lineWidth(line) + more.length <= columns
      ? [...fitLine(line, columns - more.length), span(more, { fg: 'hint' })]
      : line,
  );
}

/** Why parts have not been measured, and what can be done: the fullest form first. */
const unmeasured = {
  replay: [
    'not measured up to this step; incline prune measures a snapshot',
    'not measured up to this step',
    'not measured',
  ],
  over: ['not measured; incline prune FILE measures', 'not measured'],
  paused: ['being measured, one by one', 'to come'],
  running: [
    'measured one by one beside training; space pauses it, which measures sooner',
    'measured one by one, sooner with space or {',
    'sooner with space or {',
  ],
};

function whyUnmeasured(model: Model): readonly string[] {
  if (model.run.phase === 'waiting') return ['to come'];
  if (model.replay) return unmeasured.replay;
  if (isOver(model) || !model.connected) return unmeasured.over;
  return isPaused(model) ? unmeasured.paused : unmeasured.running;
}

/** What a part is called, with what is done to it, and a mark of the cursor and of what is pruned before it. */
function labelOf(
  model: Shown,
  { address }: BoardRow,
  selected: boolean,
): { readonly mark: Span; readonly text: string; readonly style: Style; readonly isPruned: boolean } {
  const parts = rowParts(model, address);
  const kept = keptAmong(model.run.mask.values, parts);
  const isPruned = kept.length > 0 && !kept.some(Boolean);
  const focused = selected && model.focused;
  const [part] = parts;
  const done = part && interventionOn(model.run.mask.values, part);
  return {
    mark: span(`${focused ? '▸' : ' '}${isPruned ? '✕' : ' '}`, focused ? { fg: 'focus', bold: true } : {}),
    text: `${shownAddress(address)}${done ? ` ${formatIntervention(done)}` : ''}`,
    style: isPruned ? crossed : focused ? { fg: 'focus', bold: true } : {},
    isPruned,
  };
}

function partLine(model: Shown, row: BoardRow, selected: boolean, largest: number, columns: number): Line {
  const { mark, text, style, isPruned } = labelOf(model, row, selected);
  const shown = fitText(text, nameWidth - 2);
  const label: Line = [mark, span(shown.trimEnd(), style), span(repeated(' ', shown.length - shown.trimEnd().length))];
  return [...label, ...measuredCells(model, row.entry!, isPruned, largest, columns)];
}

/** `L1N 0–10%` as people say it. */
function shownAddress(address: string): string {
  return address.replace(/^L(\d+)N 0–(\d+)%$/, 'L$1 least $2 %').replace(/^L(\d+)N (\d+)–(\d+)%$/, 'L$1 $2–$3 %');
}
