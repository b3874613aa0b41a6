import { duration, thousands } from '../../core/format.ts';
import { drawPanel } from '../../plot/panel.ts';
import { blankLine, fitLine, type Line, lineWidth, type Span, span } from '../../plot/text.ts';
import type { FollowedRecipe } from '../../reproduce/follow/follower.ts';
import { drawBetweenBars } from '../screen/bars.ts';
import { failedBody, type Guard, unguarded } from '../screen/faults.ts';
import { clauses, hintLine } from '../screen/hints.ts';
import type { Size } from '../screen/size.ts';
import type { Row } from '../terminal/cells.ts';
import { claimRows, shownVerdict } from './claims.ts';
import { drawFigure } from './figure.ts';
import { reproduceKeys } from './keys.ts';
import { type ReproduceModel, selected, standings } from './model.ts';

/** Columns from which the claims stand beside the figure, and rows that a panel of a figure needs. */
const sideBySide = 110;
const panelRows = 12;

/** The rows of the screen of figures in the making, from the top. */
export function drawReproduce(model: ReproduceModel, guard: Guard = unguarded): Row[] {
  return drawBetweenBars(model, guard, { head, body, status, hints, bindings: reproduceKeys });
}

function body(model: ReproduceModel, { columns, rows }: Size, guard: Guard): Line[] {
  const { data } = model;
  const isBeside = columns >= sideBySide;
  const part = (what: string, width: number, height: number, draw: () => Line[]): Line[] =>
    guard(what, draw, (message) =>
      drawPanel({ width, height, title: what, glyphs: model.look.glyphs, body: failedBody(message, width - 2) }),
    );
  const isSeveral = data.recipes.length > 1;
  if (!isBeside) {
    const list = isSeveral ? Math.min(data.recipes.length + 2, rows < 18 ? 3 : rows < 26 ? 4 : 8) : 0;
    const below = Math.round((rows - list) * 0.38);
    return [
      ...(list > 0 ? part('figures', columns, list, () => listPanel(model, columns, list)) : []),
      ...figures(model, { columns, rows: rows - list - below }, part),
      ...part('claims', columns, below, () => claimsPanel(model, columns, below)),
    ];
  }
  const left = Math.round(columns * 0.42);
  const list = isSeveral ? Math.min(data.recipes.length + 2, Math.floor(rows * 0.4)) : 0;
  const beside = [
    ...(list > 0 ? part('figures', left, list, () => listPanel(model, left, list)) : []),
    ...part('claims', left, rows - list, () => claimsPanel(model, left, rows - list)),
  ];
  const drawn = figures(model, { columns: columns - left, rows }, part);
  return beside.map((line, row) => [...line, ...drawn[row]!]);
}

/** As many panels of the figure as fit over each other, from the selected one on. */
function figures(
  model: ReproduceModel,
  { columns, rows }: Size,
  part: (what: string, width: number, height: number, draw: () => Line[]) => Line[],
): Line[] {
  const panels = selected(model)?.panels ?? [];
  const count = Math.max(1, Math.min(panels.length, Math.floor(rows / panelRows)));
  const first = Math.min(model.panel, Math.max(0, panels.length - count));
  return Array.from({ length: count }, (_, i) => {
    const height = Math.floor(((i + 1) * rows) / count) - Math.floor((i * rows) / count);
    return part('the figure', columns, height, () => figurePanel(model, first + i, columns, height));
  }).flat();
}

function figurePanel(model: ReproduceModel, index: number, width: number, height: number): Line[] {
  const recipe = selected(model);
  const panel = recipe?.panels[index];
  const of = (recipe?.panels.length ?? 0) > 1 ? `panel ${index + 1} of ${recipe!.panels.length}` : '';
  const scale = panel?.y.scale === 'log' ? 'log y' : '';
  const missing = recipe?.share === 1 ? 'is being measured' : 'comes with the first run';
  return drawPanel({
    width,
    height,
    title: panel?.title ?? 'figure',
    detail: [panel?.y.label, scale, of].filter(Boolean).join(' · '),
    footer: panel ? `${panel.x.label} → · mean ± sd over seeds` : '',
    glyphs: model.look.glyphs,
    body: panel ? drawFigure(panel, model.look, { columns: width - 2, rows: height - 2 }, missing) : [],
  });
}

function claimsPanel(model: ReproduceModel, width: number, height: number): Line[] {
  const recipe = selected(model);
  const claims = recipe?.claims ?? [];
  const first = Math.min(model.claim, Math.max(0, claims.length - 1));
  const blocks = claims.slice(first).map((claim) => claimRows(claim, width - 2));
  const isLoose = blocks.flat().length + blocks.length <= height - 2;
  const rows = blocks.flatMap((block) => (isLoose ? [...block, []] : block));
  const count = claims.filter(({ tried }) => tried).length;
  const more = [...(first > 0 ? [`${first} more ↑`] : []), ...(rows.length > height - 2 ? ['more ↓'] : [])];
  return drawPanel({
    width,
    height,
    title: 'claims',
    detail: [recipe?.name ?? '', `${count} of ${claims.length} tried`].filter(Boolean).join(' · '),
    footer: more.join(' · '),
    glyphs: model.look.glyphs,
    body: rows.slice(0, height - 2),
  });
}

const signs: Readonly<Record<FollowedRecipe['state'], Span>> = {
  waiting: span('○ ', { fg: 'hint' }),
  training: span('● ', { fg: 'training', bold: true }),
  measuring: span('◆ ', { fg: 'in_domain', bold: true }),
  done: span('✓ '),
  'left out': span('✕ ', { fg: 'alert', bold: true }),
};

function listPanel(model: ReproduceModel, width: number, height: number): Line[] {
  const { data, at } = model;
  const room = height - 2;
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), data.recipes.length - room));
  const lines = data.recipes.slice(first, first + room).map((recipe, i): Line => {
    const isHere = first + i === at;
    const right: Line = [...progress(recipe), span(' ')];
    const name: Line = [
      span(isHere ? ' ▸ ' : '   ', { fg: 'focus', bold: true }),
      signs[recipe.state],
      span(recipe.title, isHere ? { fg: 'focus', bold: true } : { bold: true }),
      span(`  ${recipe.name} · ${recipe.source}`, { fg: 'hint' }),
    ];
    return [...fitLine(name, width - 3 - lineWidth(right)), span(' '), ...right];
  });
  const below = data.recipes.length - first - lines.length;
  const more = [...(first > 0 ? [`${first} more ↑`] : []), ...(below > 0 ? [`${below} more ↓`] : [])];
  const title = 'figures';
  const { glyphs } = model.look;
  return drawPanel({ width, height, title, footer: more.join(' · '), focused: true, glyphs, body: lines });
}

/** Verdicts once there are some, before that how much is trained. */
function progress(recipe: FollowedRecipe): Line {
  const tried = standings([recipe]).filter(([verdict]) => verdict !== 'to be tried');
  if (tried.length > 0)
    return tried.map(([verdict, count]) =>
      span(` ${count} ${shownVerdict(verdict).sign}`, shownVerdict(verdict).style),
    );
  if (recipe.state === 'left out') return [span('left out', { fg: 'alert' })];
  return [span(recipe.total === 0 ? 'no training' : `${thousands(recipe.done)} / ${thousands(recipe.total)} runs`)];
}

function head({ data, size }: ReproduceModel): Line {
  const { recipes, isOver, secondsLeft } = data;
  const runs = recipes.reduce((sum, { total }) => sum + total, 0);
  const share = runs === 0 ? 1 : recipes.reduce((sum, one) => sum + one.share * one.total, 0) / runs;
  const counts = standings(recipes).map(([verdict, count]) => {
    const { sign, style } = shownVerdict(verdict);
    return [span(` ${sign} ${count}`, style), span(` ${verdict}`, { fg: 'hint' })];
  });
  const figure = recipes.length === 1 ? recipes[0]!.source : `${recipes.length} figures`;
  const name: Line = [
    span(' incline ', { fg: 'focus', bold: true, inverse: true }),
    span(` ${figure} `, { bold: true }),
  ];
  const time = secondsLeft === null ? '' : ` · ${duration(secondsLeft)} left`;
  const end = isOver ? '' : `${Math.floor(100 * share)} % trained${time} `;
  const right: Line = [span(end), ...counts.flat(), span(' ')];
  const short: Line = [span(end), ...counts.flatMap(([sign]) => [sign!]), span(' ')];
  const form = lineWidth(name) + lineWidth(right) + 1 <= size.columns ? right : short;
  return [...fitLine(name, Math.max(0, size.columns - lineWidth(form) - 1)), span(' '), ...form];
}

function status(model: ReproduceModel): Line {
  const { asking, notice, data } = model;
  if (asking) {
    const text = 'stop? what is trained is saved, and the same command goes on; y stops, any other key does not';
    return [span(' ? ', { fg: 'intervention', bold: true }), span(text, { bold: true })];
  }
  if (notice !== '') return [span(' · ', { fg: 'hint' }), span(notice)];
  const recipe = selected(model);
  if (data.said !== '')
    return [span(` ${clauses(data.said, model.size.columns - 2)}`, data.isOver ? { bold: true } : { fg: 'hint' })];
  return recipe ? [span(` ${recipe.title} · ${recipe.scale}`, { fg: 'hint' })] : [];
}

function hints(model: ReproduceModel): Line {
  if (model.help || model.asking) return blankLine(1);
  return [span(' '), ...hintLine(model, reproduceKeys, model.size.columns - 2)];
}
