import { fitNumber } from '../../../core/format.ts';
import type { SeriesView } from '../../../core/series.ts';
import { sparkline } from '../../../plot/sparkline.ts';
import type { Line } from '../../../plot/text.ts';
import { fitText, span, textWidth } from '../../../plot/text.ts';
import { isUnmeasured, type RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';
import { smallCharts } from '../common/multiples.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';

const id = 'mechanism';

/** Curves grow in place: the latest evaluation tells that they have. */
const select = ({ run, view, look }: Model) => ({
  run: pick(run, 'metrics', 'curves', 'estimates', 'phase'),
  // Only where there is room for it.
  curves: view.zoomed === id ? run : undefined,
  glyphs: look.glyphs,
});
type Shown = ReturnType<typeof select>;

/** How the model does what it does, from the start of the run to now: attention on matching contexts, norms, angles. */
export const mechanismPanel: Panel<Shown> = {
  id,
  name: 'mechanism',
  column: 'right',
  minimum: 6,
  ample: 12,
  maximum: 30,
  share: 0.8,
  dropped: 6,
  pictures: false,
  offered: ({ run }) => expectedNames(run).length > 0,
  keys: [],
  select,
  uses: ({ run }, { rows }) => Math.min(rows, expectedNames(run).length + 3),
  draw(model, size) {
    const names = mechanismNames(model.run);
    if (names.length === 0) return { title: 'mechanism', body: waiting(model.run, toCome(model.run), size) };
    const hidden = names.length - (size.rows - 1);
    const listed = [heading(size), ...names.slice(0, size.rows - 1).map((name) => row(model, name, size))];
    const more =
      model.curves && smallCharts(model.curves, names, { ...size, rows: size.rows - listed.length - 1 }, model.glyphs);
    return {
      title: 'mechanism',
      detail: hidden > 0 ? `${hidden} more; enter enlarges` : 'each over its own range',
      body: [...listed, ...(more && more.length > 0 ? [[], ...more] : [])],
    };
  },
};

/** The measures that have a curve: of the whole model first, then of its heads. */
function mechanismNames({ curves, metrics }: Pick<RunState, 'curves' | 'metrics'>): string[] {
  const names = [...curves.keys()].filter((name) => metrics.info(name)?.role === 'mechanism');
  return names.sort((a, b) => Number(a.includes('/')) - Number(b.includes('/')));
}

/** The same before anything is measured, as the task says. */
function expectedNames(run: Pick<RunState, 'curves' | 'estimates' | 'metrics'>): string[] {
  if (!isUnmeasured(run)) return mechanismNames(run);
  return [...run.metrics.all].flatMap(({ name, role }) => (role === 'mechanism' ? [name] : []));
}

function toCome(run: Shown['run']): string {
  const titles = expectedNames(run).map((name) => run.metrics.title(name));
  return `measured with the first evaluation: ${titles.join(', ').replaceAll('#', 'each head')}`;
}

const numberWidth = 8;
/** Eighths of a row that a curve takes at most, so that it does not run into the one above. */
const tallest = 7;

/** Cells for the titles and for the curves. */
function widths({ columns }: Size): { title: number; curve: number } {
  const room = columns - 2 * (numberWidth + 1) - 3;
  const title = Math.max(12, Math.min(48, Math.floor(room * 0.6)));
  return { title, curve: Math.max(0, room - title) };
}

function heading(size: Size): Line {
  const { title } = widths(size);
  return [
    span(` ${fitText('', title)}${'start'.padStart(numberWidth + 1)}${'now'.padStart(numberWidth + 1)}`, {
      fg: 'hint',
    }),
  ];
}

function row({ run }: Shown, name: string, size: Size): Line {
  const { title, curve } = widths(size);
  const info = run.metrics.info(name)!;
  const view = run.curves.get(name)!.view();
  const values = overTime(view, curve);
  return [
    span(` ${fitText(textWidth(info.title) <= title ? info.title : info.short, title)}`),
    span(` ${fitNumber(view.at(0)?.value ?? null, numberWidth)}`, { fg: 'hint' }),
    span(` ${fitNumber(view.last?.value ?? null, numberWidth)}`, { bold: true }),
    span(`  ${sparkline(values, curve, rangeOf(values), tallest)}`, { fg: 'in_domain' }),
  ];
}

/** Share of its size that a number changes by, at least, from the foot of its curve to the top: below, the digits beside it are the same. */
const leastChange = 0.05;

/** From the least to the largest, further where they hardly differ: a curve should not leap where its number stays. */
function rangeOf(values: readonly number[]): { readonly min?: number; readonly max?: number } {
  const known = values.filter((value) => !Number.isNaN(value));
  const [min, max] = [Math.min(...known), Math.max(...known)];
  const more = (leastChange * Math.max(Math.abs(min), Math.abs(max)) - (max - min)) / 2;
  return known.length > 0 && more > 0 ? { min: min - more, max: max + more } : {};
}

/** Points from which a curve is drawn through; fewer stand alone. */
const enough = 8;

/** The curve in `columns` equal parts of its steps; of enough points, a part without one keeps the value before. */
function overTime(view: SeriesView, columns: number): number[] {
  const [first, last] = [view.at(0), view.last];
  if (!first || !last || last.step === first.step || columns < 1) return [];
  const { last: values } = view.reduce({ columns, from: first.step, to: last.step, scale: 'linear' });
  if (view.length < enough) return [...values];
  let value = Number.NaN;
  return Array.from(values, (next) => {
    if (!Number.isNaN(next)) value = next;
    return value;
  });
}
