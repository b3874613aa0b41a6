import { fitNumber } from '../../../core/format.ts';
import { bar } from '../../../plot/sparkline.ts';
import type { Style } from '../../../plot/style.ts';
import type { Line } from '../../../plot/text.ts';
import { fitLine, fitText, repeated, span } from '../../../plot/text.ts';
import { formatIntervention } from '../../../protocol/interventions.ts';
import { indexOf } from '../../../protocol/mask_edits.ts';
import type { Size } from '../../screen/size.ts';
import { isOver, type Model } from '../../state/model.ts';
import { selectedPart } from '../../state/pattern.ts';
import type { BoardRow, UnderCursor } from '../../state/ranking.ts';
import {
  boardIntervention,
  boardRows,
  interventionOn,
  keptAmong,
  rankedKind,
  rowParts,
  scoresOf,
} from '../../state/ranking.ts';
import { isPaused } from '../../state/steering.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { boardCursor, boardKeys, partOnBoard, pinnedPart } from './board.ts';
import { columnsIn, nameWidth } from './columns.ts';
import { drawEffects } from './effects.ts';
import { crossed, headingLines, isBare } from './heading.ts';
import { titleOfIntervention } from './kinds.ts';
import { measuredCells } from './measured.ts';
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
    focused: view.focus === id,
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
  const { lines, range } = partLines(model, size);
  return [...headingLines(model, size.columns, range, model.whyUnmeasured), ...lines];
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

/** The parts that fit, the one under the cursor among them. */
function partLines(model: Shown, size: Size): { readonly lines: Line[]; readonly range: string } {
  const rows = boardRows(model);
  const cursor = boardCursor(model, rows);
  const room = Math.max(1, size.rows - around + 2);
  const first = Math.max(0, Math.min(cursor - Math.floor(room / 2), rows.length - room));
  // Full where the metric doubles, or more: an effect of a thousandth is no longer than that.
  const largest = Math.max(...rows.map(({ entry }) => Math.max(Math.abs(entry?.delta ?? 0), entry?.base ?? 0)), 1e-300);
  const visible = rows.slice(first, first + room);
  const isNew = isBare(model);
  const sizes = isNew ? sizesOf(model, visible) : [];
  // Said once: why what follows has no value; where nothing has one, above all.
  const bare = isNew ? -1 : visible.findIndex(({ entry }) => entry === undefined);
  const range = visible.length < rows.length ? `${first + 1}–${first + visible.length} of ${rows.length}` : '';
  const lines = visible.map((row, index) => {
    const room = size.columns - nameWidth - columnsIn(size.columns).width('value') - 3;
    const why = index === bare ? (model.whyUnmeasured.find((form) => form.length <= room) ?? '') : '';
    const none: Line = [
      span('–'.padStart(columnsIn(size.columns).width('value')) + (why && `  ${why}`), { fg: 'hint' }),
    ];
    // A column of dashes alone says no more than the heading.
    const ofSize = isNew ? sizeLine(sizes, index, room) : [];
    const instead = isNew && ofSize.length === 0 ? [] : [...none, ...ofSize];
    return partLine(model, row, first + index === cursor, largest, size.columns, instead);
  });
  return { lines, range };
}

/** How large each of some rows is, by what parts are ranked by, on average over its parts; NaN where that is not known. */
function sizesOf(model: Shown, rows: readonly BoardRow[]): number[] {
  const known = { heads: scoresOf(model, 'heads', model.isOver), neurons: scoresOf(model, 'neurons', model.isOver) };
  return rows.map(({ address }) => {
    const parts = rowParts(model, address);
    const scores = parts.map((part) => {
      const of = known['head' in part ? 'heads' : 'neurons'];
      return typeof of === 'string' ? Number.NaN : of.data[part.layer * of.shape[1]! + indexOf(part)]!;
    });
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
  });
}

/** Cells of the bar of a size. */
const longestSize = 32;

/** In place of what was measured: how large the part is among those in view. */
function sizeLine(sizes: readonly number[], index: number, room: number): Line {
  const size = sizes[index]!;
  const width = Math.min(longestSize, room - numberWidth - 1);
  if (Number.isNaN(size) || width < 1) return [];
  const share = size / Math.max(...sizes.filter(Number.isFinite));
  return [
    span(fitNumber(size, numberWidth), { fg: 'hint' }),
    span(` ${bar(share, width)}`, { fg: 'in_domain', dim: true }),
  ];
}

const numberWidth = 9;

/** Why parts have not been measured, and what can be done: the fullest form first. */
const unmeasured = {
  replay: [
    'not measured up to this step; incline prune measures a snapshot',
    'not measured up to this step',
    'not measured',
  ],
  over: ['not measured; incline prune FILE measures', 'not measured'],
  paused: ['is being measured', 'to come'],
  running: ['pause (space) or slow down ({) to measure sooner', 'sooner with space or {'],
};

function whyUnmeasured(model: Model): readonly string[] {
  if (model.run.phase === 'waiting') return ['to come'];
  if (model.replay) return unmeasured.replay;
  if (isOver(model) || !model.connected) return unmeasured.over;
  return isPaused(model) ? unmeasured.paused : unmeasured.running;
}

function partLine(
  model: Shown,
  row: BoardRow,
  selected: boolean,
  largest: number,
  columns: number,
  instead: Line,
): Line {
  const { entry, address } = row;
  const kept = keptAmong(model.run.mask.values, rowParts(model, address));
  const isPruned = kept.length > 0 && !kept.some(Boolean);
  const focused = selected && model.focused;
  const style: Style = isPruned ? crossed : focused ? { fg: 'focus', bold: true } : {};
  const name = `${focused ? '▸' : ' '}${isPruned ? '✕' : ' '}`;
  const [part] = rowParts(model, address);
  const done = part && interventionOn(model.run.mask.values, part);
  const shown = fitText(`${shownAddress(address)}${done ? ` ${formatIntervention(done)}` : ''}`, nameWidth - 2);
  const label: Line = [
    span(name, focused ? { fg: 'focus', bold: true } : {}),
    span(shown.trimEnd(), style),
    span(repeated(' ', shown.length - shown.trimEnd().length)),
  ];
  if (!entry) return [...label, ...instead];
  return [...label, ...measuredCells(model, entry, isPruned, largest, columns)];
}

/** `L1N 0–10%` as people say it. */
function shownAddress(address: string): string {
  return address.replace(/^L(\d+)N 0–(\d+)%$/, 'L$1 least $2 %').replace(/^L(\d+)N (\d+)–(\d+)%$/, 'L$1 $2–$3 %');
}
