import { significant, thousands } from '../../../core/format.ts';
import { sparkline } from '../../../plot/sparkline.ts';
import type { Style } from '../../../plot/style.ts';
import type { Line } from '../../../plot/text.ts';
import { fitLine, fitText, lineWidth, repeated, span, textWidth } from '../../../plot/text.ts';
import { ablationAddresses } from '../../../protocol/ablation.ts';
import { formatIntervention, type StrengthKind } from '../../../protocol/interventions.ts';
import type { Size } from '../../screen/size.ts';
import { isOver, type Model } from '../../state/model.ts';
import { selectedPart } from '../../state/pattern.ts';
import type { BoardRow, UnderCursor } from '../../state/ranking.ts';
import {
  boardKind,
  boardRows,
  interventionOn,
  keptAmong,
  rankedKind,
  rankingScore,
  rowParts,
  scoresOf,
} from '../../state/ranking.ts';
import { isPaused } from '../../state/steering.ts';
import { type Panel, pick } from '../contract.ts';
import { boardCursor, boardKeys, partOnBoard, pinnedPart } from './board.ts';
import { baseline, columnsIn, nameWidth, titles } from './columns.ts';
import { drawEffects } from './effects.ts';
import { isNoise, measuredCells } from './measured.ts';
import { drawSkyline, type Tower } from './skyline.ts';

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
    view: pick(view, 'part', 'score', 'kind', 'zoomed'),
    focused: view.focus === id,
    kind: rankedKind(run, under),
    layer: (under ?? selectedPart(model)).parts[0]?.layer ?? 0,
    isOver: isOver(model),
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
      return { title: 'pruning', body: [[span(' what each part is worth appears here', { fg: 'hint' })]] };
    }
    const towers =
      model.view.zoomed === id && size.rows >= roomy && model.run.ablation.entries.size > 0
        ? skyline(model, { columns: size.columns, rows: Math.floor(size.rows / 3) })
        : [];
    const below = { columns: size.columns, rows: size.rows - towers.length };
    const parts = partLines(model, below);
    const free = below.rows - parts.length - around + 2;
    const effects = model.effects
      ? drawEffects({ ...model, run: model.effects }, { columns: size.columns, rows: free })
      : [];
    return {
      title: titleOf(model),
      detail: scopeAndCounts(model, size.columns - titleOf(model).length - 10),
      body: [...towers, sizesLine(model, size.columns), headingLine(model, size.columns), ...parts, ...effects],
    };
  },
};

/** What is done to parts to tell what they are worth. */
function titleOf(model: Shown): string {
  const kind = boardKind(model);
  return kind === 'remove' ? id : kindTitles[kind];
}

const kindTitles: Readonly<Record<Exclude<StrengthKind, 'remove'>, string>> = {
  mean: 'mean ablation',
  resample: 'resample ablation',
  uniform: 'uniform attention',
  previous: 'previous-token attention',
  match: 'matching attention',
};

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

/** What each part is worth, part by part: what is pruned is gone from it, what is within noise stands back. */
function skyline(model: Shown, size: Size): Line[] {
  const ranked = boardRows(model);
  const cursor = ranked[boardCursor(model, ranked)]?.address;
  const entries = new Map(ranked.map(({ address, entry }) => [address, entry]));
  const largest = Math.max(...ranked.map(({ entry }) => entry?.delta ?? 0), 1e-300);
  const towers = ablationAddresses(model.run.model!, boardKind(model)).map((address): Tower => {
    const entry = entries.get(address);
    const kept = keptAmong(model.run.mask.values, rowParts(model, address));
    const isPruned = kept.length > 0 && !kept.some(Boolean);
    const isSelected = address === cursor && model.focused;
    const style: Style = isSelected ? { fg: 'focus', bold: true } : { fg: isPruned ? 'pruned' : 'in_domain' };
    return {
      address,
      share: isPruned ? Number.NaN : (entry?.delta ?? Number.NaN) / largest,
      style: entry && isNoise(entry) && !isSelected ? { ...style, dim: true } : style,
      foot: isPruned ? '✕' : isSelected ? '▴' : entry ? '' : '·',
    };
  });
  return drawSkyline(towers, size);
}

/** The scores of the parts among which the cursor is, sorted; those that are pruned are crossed out. */
function sizesLine(model: Shown, columns: number): Line {
  const { kind, layer } = model;
  const scores = scoresOf(model, kind, model.isOver);
  const name = ` ${rankingScore(model, kind)} of ${kind} L${layer} `;
  if (typeof scores === 'string') return [span(name, { fg: 'hint' }), span(scores, { fg: 'hint' })];
  const [, count] = scores.shape as [number, number];
  const mask = model.run.mask.values[kind].data;
  const ofLayer = Array.from({ length: count }, (_, part) => ({
    score: scores.data[layer * count + part]!,
    kept: mask[layer * count + part] !== 0,
  })).sort((a, b) => a.score - b.score);
  const width = Math.min(count, columns - name.length - 1);
  const heights = [
    ...sparkline(
      ofLayer.map(({ score }) => score),
      width,
      { min: 0 },
    ),
  ];
  const pruned = (column: number) =>
    ofLayer
      .slice(Math.floor((column * count) / width), Math.ceil(((column + 1) * count) / width))
      .every(({ kept }) => !kept);
  return [
    span(name, { fg: 'hint' }),
    ...heights.map((symbol, column) => (pruned(column) ? span('×', crossed) : span(symbol, { fg: 'in_domain' }))),
  ];
}

const crossed: Style = { fg: 'pruned', strike: true };

/** By what parts are judged, what it is with all that is kept, at which step, and what the columns are. */
function headingLine(model: Shown, columns: number): Line {
  const { run } = model;
  const { metric } = run.ablation;
  const done = boardKind(model) === 'remove' ? 'without' : `with ${boardKind(model)}`;
  if (metric === '') return [span(` what the metric is ${done} each`, { fg: 'hint' })];
  const { width, shown } = columnsIn(columns);
  const known = baseline(run);
  const label = ` ${run.metrics.short(metric)}`;
  const hinted = (text: string) => span(text, { fg: 'hint' });
  const value: Line = known
    ? [hinted(`${label} ${known.words} `), span(significant(known.mean), { fg: 'value', bold: true })]
    : [hinted(label)];
  const spread = known?.stderr ? ` ± ${significant(known.stderr)}` : '';
  const at = known ? ` at ${thousands(known.step)}` : '';
  const right = shown.map((name) => titles[name].padStart(width(name))).join('');
  const room = columns - textWidth(right);
  // A column of steps says more.
  const when = run.ablation.kind === boardKind(model) && !shown.includes('step') ? stepsOf(run) : '';
  const forms = [`${spread}${at}; ${done}${when}`, `${at}; ${done}${when}`, `; ${done}${when}`, `; ${done}`].map(
    (text): Line => [...value, hinted(text)],
  );
  return [...fitLine(forms.find((form) => lineWidth(form) <= room) ?? forms.at(-1)!, room), hinted(right)];
}

/** Between which steps the parts were measured, where that is not one: what is ranked is not all of one model. */
function stepsOf({ ablation }: Shown['run']): string {
  const steps = [...ablation.entries.values()].map(({ step }) => step);
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  return least < most ? ` (at ${thousands(least)}–${thousands(most)})` : '';
}

/** The parts that fit, the one under the cursor among them. */
function partLines(model: Shown, size: Size): Line[] {
  const rows = boardRows(model);
  const cursor = boardCursor(model, rows);
  const room = Math.max(1, size.rows - around + 2);
  const first = Math.max(0, Math.min(cursor - Math.floor(room / 2), rows.length - room));
  // Full where the metric doubles, or more: an effect of a thousandth is no longer than that.
  const largest = Math.max(...rows.map(({ entry }) => Math.max(Math.abs(entry?.delta ?? 0), entry?.base ?? 0)), 1e-300);
  const visible = rows.slice(first, first + room);
  // Said once: why what follows has no value.
  const bare = visible.findIndex(({ entry }) => entry === undefined);
  return visible.map((row, index) => {
    const room = size.columns - nameWidth - columnsIn(size.columns).width('value') - 3;
    const why = index === bare ? (model.whyUnmeasured.find((form) => form.length <= room) ?? '') : '';
    return partLine(model, row, first + index === cursor, largest, size.columns, why);
  });
}

/** Why parts have not been measured, and what can be done: the fullest form first. */
const unmeasured = {
  replay: ['not measured up to this step', 'not measured'],
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

function partLine(model: Shown, row: BoardRow, selected: boolean, largest: number, columns: number, why: string): Line {
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
  if (!entry)
    return [
      ...label,
      span('–'.padStart(columnsIn(columns).width('value')), { fg: 'hint' }),
      span(why && `  ${why}`, { fg: 'hint' }),
    ];
  return [...label, ...measuredCells(model, entry, isPruned, largest, columns)];
}

/** `L1N 0–10%` as people say it. */
function shownAddress(address: string): string {
  return address.replace(/^L(\d+)N 0–(\d+)%$/, 'L$1 least $2 %').replace(/^L(\d+)N (\d+)–(\d+)%$/, 'L$1 $2–$3 %');
}
