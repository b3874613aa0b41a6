import { duration, thousands } from '../../core/format.ts';
import { sparkline } from '../../plot/sparkline.ts';
import type { Style } from '../../plot/style.ts';
import type { Line, Span } from '../../plot/text.ts';
import { fitLine, fitText, lineWidth, repeated, span, textWidth } from '../../plot/text.ts';
import type { HomePreset, HomeRun } from './contract.ts';
import type { HomeModel } from './model.ts';

/** A row of a list, of its item with that number; a heading has none. */
export interface ListRow {
  readonly line: Line;
  readonly item?: number;
}

interface State {
  readonly sign: string;
  /** Where signs would be letters; of one width. */
  readonly word: string;
  readonly style: Style;
}

const states = {
  training: { sign: '●', word: 'live', style: { fg: 'training', bold: true } },
  paused: { sign: '‖', word: 'wait', style: { fg: 'out_of_domain', bold: true } },
  left: { sign: '○', word: 'left', style: { fg: 'hint' } },
} satisfies Readonly<Record<string, State>>;

const endings: Readonly<Record<string, State>> = {
  completed: { sign: '✓', word: 'done', style: { fg: 'hint' } },
  stopped: { sign: '■', word: 'stop', style: { fg: 'hint' } },
  budget: { sign: '◆', word: 'time', style: { fg: 'hint' } },
  diverged: { sign: '✕', word: 'fail', style: { fg: 'alert' } },
  failed: { sign: '✕', word: 'fail', style: { fg: 'alert' } },
};

/** Cells of a curve in a row, and eighths of the row that it takes at most, so that it keeps off the one above. */
const [curveCells, tallest] = [12, 7];

/** What stands right of the names: each column as wide as what it holds, given up from the last on where there is no room. */
interface Column {
  /** What the heading of the list says of it. */
  readonly title: string;
  readonly cells: readonly Line[];
  /** Its place among those that stay. */
  readonly worth: number;
}

/** Names get what the columns leave, or as much as they need without a `width`. */
export function runRows(model: HomeModel, runs: readonly HomeRun[], selected: number, width?: number): ListRow[] {
  const names = runs.map((run, index) => runName(model, run, index === selected));
  const kept = keptColumns(model, runs, width);
  return runs.map((_, item) => {
    const right = kept.flatMap((column) => [span('  '), ...fitLine(column.cells[item]!, widthOf(column), 'right')]);
    const name = names[item]!;
    const line = width === undefined ? name : fitLine(name, width - lineWidth(right) - 1);
    return { line: [...line, ...right, span(' ')], item };
  });
}

/** What the columns beside the names are, of those that have room. */
export function runColumns(model: HomeModel, runs: readonly HomeRun[], width: number): string {
  const titles = keptColumns(model, runs, width).map(({ title }) => title);
  return titles.filter((title) => title !== '').join(' · ');
}

const widthOf = ({ cells }: Column): number => Math.max(0, ...cells.map(lineWidth));

/** The columns that have room beside whole names, the worthiest first to be kept, in their order. */
function keptColumns(model: HomeModel, runs: readonly HomeRun[], width = Number.POSITIVE_INFINITY): Column[] {
  const needed = Math.max(0, ...runs.map((run) => lineWidth(runName(model, run, false))));
  const columns = columnsOf(model, runs);
  const kept = new Set<Column>();
  let left = width - needed - 1;
  for (const column of [...columns].sort((a, b) => a.worth - b.worth)) {
    const fits = widthOf(column) > 0 && widthOf(column) + 2 <= left;
    if (!fits && kept.size > 0) continue;
    kept.add(column);
    left -= widthOf(column) + 2;
  }
  return columns.filter((column) => kept.has(column));
}

function columnsOf({ now }: HomeModel, runs: readonly HomeRun[]): readonly Column[] {
  const hinted = (text: string): Line => [span(text, { fg: 'hint' })];
  const label = Math.max(0, ...runs.map(({ headline }) => textWidth(headline?.label ?? '')));
  const numbers = runs.map(({ headline }): Line => (headline ? [span(headline.value, { fg: 'value' })] : []));
  return [
    { title: 'curve', worth: 2, cells: runs.map(({ headline }) => (headline ? curve(headline.curve) : [])) },
    { title: '', worth: 4, cells: runs.map(({ headline }) => hinted(headline ? fitText(headline.label, label) : '')) },
    { title: 'last value', worth: 1, cells: numbers },
    { title: 'steps', worth: 0, cells: runs.map(progress) },
    { title: 'started', worth: 3, cells: runs.map(({ started }) => hinted(age(now - started))) },
  ];
}

/** How a run fell: on a log scale, for losses fall by orders of magnitude. */
function curve(points: NonNullable<HomeRun['headline']>['curve']): Line {
  const heights = points.map(({ value }) => (value > 0 ? Math.log10(value) : Number.NaN));
  return [span(sparkline(heights, curveCells, {}, tallest), { fg: 'in_domain' })];
}

/** How far a run is, of one that goes on or was left before its end; else how long it was. */
function progress({ step, steps, sweep, live }: HomeRun): Line {
  if (sweep) return [span(`${thousands(sweep.done)} / ${thousands(sweep.total)} runs`)];
  if (step === steps) return [span(thousands(step))];
  return [span(`${thousands(step)} / ${thousands(steps)}`, live ? { bold: true } : {})];
}

function runName(model: HomeModel, run: HomeRun, selected: boolean): Line {
  const order = model.marked.indexOf(run.folder);
  const tags = run.tags.map((tag) => ` #${tag}`).join('');
  return [
    span(selected ? ' ▸' : '  ', { fg: 'focus', bold: true }),
    span(order < 0 ? '  ' : `${order + 1} `, { fg: 'intervention', bold: true }),
    span(run.depth > 0 ? `${repeated('  ', run.depth - 1)}└ ` : '', { fg: 'hint' }),
    stateSign(run, model.look),
    span(run.name, selected ? { fg: 'focus', bold: true } : {}),
    span(run.sweep ? ' sweep' : '', { fg: 'hint' }),
    span(tags, { fg: 'intervention' }),
  ];
}

function stateSign({ live, paused, ending }: HomeRun, { glyphs }: HomeModel['look']): Span {
  const { sign, word, style } = live ? states[paused ? 'paused' : 'training'] : (endings[ending] ?? states.left);
  return span(`${glyphs === 'ascii' ? word : sign} `, style);
}

/** Of all names three in four are no longer than the column of names; a longer one takes room from its title. */
const shortNames = 3 / 4;
/** Cells of a list from which the column is as wide as the longest name. */
const roomy = 90;

/** Under the names of their groups, with the time that they take. */
export function presetRows(presets: readonly HomePreset[], selected: number, width: number): ListRow[] {
  const lengths = presets.map(({ name }) => textWidth(name)).toSorted((a, b) => a - b);
  const share = width < roomy ? shortNames : 1;
  const names = lengths[Math.floor(share * (lengths.length - 1))] ?? 0;
  const times = Math.max(0, ...presets.map(({ time }) => textWidth(time)));
  return presets.flatMap(({ name, title, group, time }, item): ListRow[] => {
    const isFirst = group !== '' && presets[item - 1]?.group !== group;
    const isHere = item === selected;
    const text = name.padEnd(names);
    const line: Line = [
      span(isHere ? ' ▸ ' : '   ', { fg: 'focus', bold: true }),
      span(text, isHere ? { fg: 'focus', bold: true } : { fg: 'value' }),
      span(`  ${fitText(title, Math.max(0, width - textWidth(text) - times - 8))}`, { fg: 'hint' }),
      span(` ${time.padStart(times)} `, { fg: time === gpu ? 'intervention' : 'value' }),
    ];
    return [...(isFirst ? [{ line: heading(group, width) }] : []), { line, item }];
  });
}

/** The name of a group, on a rule. */
function heading(group: string, width: number): Line {
  return [
    span(` ${group} `, { fg: 'title', bold: true }),
    span(repeated('─', width - textWidth(group) - 3), { fg: 'border' }),
  ];
}

/** In place of the time of what no processor is meant for. */
export const gpu = 'GPU';

/** `3 s ago`, and the like for longer times, by their largest unit. */
function age(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${duration(seconds).split('d')[0]} d ago`;
}
