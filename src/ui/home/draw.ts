import { plural } from '../../core/format.ts';
import { drawPanel } from '../../plot/panel.ts';
import type { Line } from '../../plot/text.ts';
import { blankLine, fitLine, fitText, lineWidth, span, textWidth } from '../../plot/text.ts';
import { drawBetweenBars } from '../screen/bars.ts';
import type { Guard } from '../screen/faults.ts';
import { failedBody, unguarded } from '../screen/faults.ts';
import { hintLine } from '../screen/hints.ts';
import { highlighted } from '../screen/selection.ts';
import type { Size } from '../screen/size.ts';
import type { Row } from '../terminal/cells.ts';
import { details } from './details.ts';
import { homeHelp } from './help.ts';
import { homeKeys } from './keys.ts';
import { type ListRow, presetRows, runColumns, runRows } from './lists.ts';
import type { HomeModel, ListName } from './model.ts';
import {
  countOf,
  matchingPresets,
  matchingRecipes,
  matchingRuns,
  selectedPreset,
  selectedRecipe,
  selectedRow,
  selectedRun,
} from './model.ts';

/** Columns from which the details stand beside the lists instead of under them. */
const sideBySide = 110;
/** Rows under both lists, border included: presets have their least before runs have more than a few, and details have any. */
const least = { list: 10, runs: 3, details: 5 };
const most = { runs: 6, details: 9 };
/** Rows from which three lists stand over each other. */
const threeLists = 26;

/** The rows of the home screen, from the top. */
export function drawHome(model: HomeModel, guard: Guard = unguarded): Row[] {
  const parts = { head: topLine, body: panelsOf, status: statusLine, hints, bindings: homeKeys, more: homeHelp };
  return drawBetweenBars(model, guard, parts);
}

function panelsOf(model: HomeModel, { columns, rows: height }: Size, guard: Guard): Line[] {
  const beside = columns >= sideBySide;
  const width = beside
    ? guard(
        'the widths',
        () => listWidth(model, columns),
        () => Math.round(columns * 0.52),
      )
    : columns;
  const details = beside ? 0 : detailsBelow(model, height);
  const panel = (title: string, width: number, height: number, draw: () => Line[]): Line[] =>
    guard(`the panel "${title}"`, draw, (message) =>
      drawPanel({ width, height, title, glyphs: model.look.glyphs, body: failedBody(message, width - 2) }),
    );
  const list = (name: ListName, rows: number) => panel(name, width, rows, () => listPanel(model, name, width, rows));
  const about = (width: number, rows: number) => panel('details', width, rows, () => detailPanel(model, width, rows));
  const lists = heightsOf(model, height - details, beside).flatMap(([name, rows]) => list(name, rows));
  if (!beside) return [...lists, ...(details > 0 ? about(columns, details) : [])];
  const right = about(columns - width, height);
  return lists.map((line, index) => [...line, ...right[index]!]);
}

/** Rows of the runs where they stand over one other list, which has the rest. */
function fewRuns(model: HomeModel, height: number): number {
  return Math.max(least.runs, Math.min(rowsIn(model, 'runs').length + 2, most.runs, height - least.list));
}

/** Rows of the details under the lists; none where those have no more than they need. */
function detailsBelow(model: HomeModel, height: number): number {
  const left = height - least.list - fewRuns(model, height);
  return left < least.details ? 0 : Math.min(most.details, left);
}

/** The lists that are shown and how high: runs and recipes no higher than they need, presets as high as there is room. */
function heightsOf(model: HomeModel, room: number, beside: boolean): [ListName, number][] {
  const needed = (list: ListName, rows: number): number => Math.max(4, Math.min(rowsIn(model, list).length + 2, rows));
  if (room < threeLists) {
    const runs = beside ? needed('runs', Math.floor(room / 2)) : fewRuns(model, room);
    return [
      ['runs', runs],
      [model.list === 'recipes' ? 'recipes' : 'presets', room - runs],
    ];
  }
  const runs = needed('runs', Math.floor(room / 3));
  const recipes = needed('recipes', Math.floor((room - runs) / 2));
  return [
    ['runs', runs],
    ['presets', room - runs - recipes],
    ['recipes', recipes],
  ];
}

/** What a list shows. @param selected the row with the cursor, where it is in this list */
function rowsIn(model: HomeModel, list: ListName, selected = -1, width = model.size.columns): ListRow[] {
  if (list === 'runs') return runRows(model, matchingRuns(model), selected, width);
  if (list === 'presets') return presetRows(matchingPresets(model), selected, width);
  const recipes = matchingRecipes(model).map((one) => ({ ...one, time: one.verdicts || one.time }));
  return presetRows(recipes, selected, width);
}

/** A good half beside the details, more where runs have more to say. */
function listWidth(model: HomeModel, columns: number): number {
  const rows = runRows(model, matchingRuns(model), -1);
  const needed = Math.max(0, ...rows.map(({ line }) => lineWidth(line))) + 2;
  return Math.max(Math.round(columns * 0.52), Math.min(Math.round(columns * 0.62), needed));
}

function listPanel(model: HomeModel, list: ListName, width: number, height: number): Line[] {
  const focused = model.list === list;
  const selected = selectedRow(model, list);
  const rows = rowsIn(model, list, focused ? selected : -1, width - 2);
  const room = height - 2;
  const at = rows.findIndex(({ item }) => item === selected);
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), rows.length - room));
  const items = countOf(model, list);
  const total = model.data[list].length;
  const nothing =
    list === 'runs' && total === 0
      ? ' none yet: start a preset below; it appears here while it trains and stays here afterwards'
      : ` nothing matches "${model.search}"`;
  const shown = rows.slice(first, first + room);
  const more = (count: number, sign: string): string => (count > 0 ? `${count} more ${sign}` : '');
  const above = itemsIn(rows.slice(0, first));
  return drawPanel({
    width,
    height,
    title: list,
    detail: [
      ...(items < total ? [`${items} of ${total}`] : []),
      ...(list === 'runs' && total > 0 ? [runColumns(model, matchingRuns(model), width - 2)] : []),
    ].join(' · '),
    footer: [more(above, '↑'), more(items - above - itemsIn(shown), '↓')].filter((text) => text !== '').join(' · '),
    focused,
    glyphs: model.look.glyphs,
    body:
      rows.length > 0
        ? shown.map(({ line, item }) =>
            focused && item === selected ? highlighted(line, model.look, width - 2) : line,
          )
        : [[span(fitText(nothing, width - 2), { fg: 'hint' })]],
  });
}

const itemsIn = (rows: readonly ListRow[]): number => rows.filter(({ item }) => item !== undefined).length;

function detailPanel(model: HomeModel, width: number, height: number): Line[] {
  const selected = selectedRun(model) ?? selectedPreset(model) ?? selectedRecipe(model);
  return drawPanel({
    width,
    height,
    title: selected?.name ?? 'about',
    glyphs: model.look.glyphs,
    body: details(model, { columns: width - 2, rows: height - 2 }),
  });
}

function topLine({ data, size }: HomeModel): Line {
  const paused = data.runs.filter((run) => run.paused).length;
  const training = data.runs.filter((run) => run.live).length - paused;
  const runs = [
    ...(training > 0 || paused === 0 ? [`${training} training`] : []),
    ...(paused > 0 ? [`${paused} paused`] : []),
    plural(data.runs.length, 'run'),
  ];
  const others = [`${data.presets.length} presets`, `${data.recipes.length} recipes`];
  const name = span(' incline ', { fg: 'focus', bold: true, inverse: true });
  const forms = [[...runs, ...others], runs].map((counts) => `${counts.join(' · ')} `);
  const right = forms.find((one) => one.length + lineWidth([name]) < size.columns) ?? forms.at(-1)!;
  const room = size.columns - right.length;
  const words = [' in-context learning, live in a terminal', ' in-context learning', ''];
  const fitting = words.find((text) => lineWidth([name]) + textWidth(text) + 2 <= room) ?? '';
  return [...fitLine([name, span(fitting, { fg: 'hint' })], room), span(right)];
}

function statusLine(model: HomeModel): Line {
  const { typing, search, notice, marked, data } = model;
  if (typing) {
    const prompts = { search: 'search ', note: 'note ', tags: 'tags ' };
    const ways = {
      search: 'enter keep · esc take back',
      note: 'enter keep · esc leave as it was',
      tags: 'words; enter keep',
    };
    return [
      span(` ${prompts[typing.what]}`, { fg: 'hint' }),
      span(typing.text, { bold: true }),
      span('_', { bold: true }),
      span(`   ${ways[typing.what]}`, { fg: 'hint' }),
    ];
  }
  if (notice !== '') return [span(' · ', { fg: 'hint' }), span(notice)];
  const parts = [
    ...(search === '' ? [] : [`showing what contains "${search}"; esc shows all`]),
    ...(marked.length === 0 ? [] : [`${marked.length} marked; c compares them`]),
  ];
  const [problem, ...more] = data.problems ?? [];
  if (parts.length === 0 && problem !== undefined) {
    const others = more.length > 0 ? ` (and ${more.length} more)` : '';
    return [span(' left out: ', { fg: 'alert' }), span(`${problem}${others}`)];
  }
  if (parts.length === 0) return [span(` ${unseenTitle(model)}`, { fg: 'hint' })];
  return [span(` ${parts.join(' · ')}`, { fg: 'hint' })];
}

/** What the selected preset is, where no details say so. */
function unseenTitle(model: HomeModel): string {
  const { columns, rows } = model.size;
  const isSaid = columns >= sideBySide || detailsBelow(model, rows - 3) > 0;
  return isSaid ? '' : ((selectedPreset(model) ?? selectedRecipe(model) ?? selectedRun(model))?.title ?? '');
}

function hints(model: HomeModel): Line {
  if (model.typing || model.help) return blankLine(1);
  return [span(' '), ...hintLine(model, homeKeys, model.size.columns - 2)];
}
