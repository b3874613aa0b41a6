import { duration, thousands } from '../../core/format.ts';
import { drawPanel } from '../../plot/panel.ts';
import type { Line, Span } from '../../plot/text.ts';
import { blankLine, fitLine, fitText, lineWidth, repeated, span, textWidth } from '../../plot/text.ts';
import { drawBetweenBars } from '../screen/bars.ts';
import type { Guard } from '../screen/faults.ts';
import { failedBody, unguarded } from '../screen/faults.ts';
import { hintLine } from '../screen/hints.ts';
import { refusalOf } from '../screen/key_binding.ts';
import type { Size } from '../screen/size.ts';
import type { Row } from '../terminal/cells.ts';
import type { HomePreset, HomeRun } from './contract.ts';
import { details } from './details.ts';
import { homeKeys } from './keys.ts';
import type { HomeModel, ListName } from './model.ts';
import { matchingPresets, matchingRuns, selectedPreset, selectedRow, selectedRun } from './model.ts';

/** Columns from which the details stand beside the lists instead of under them. */
const sideBySide = 110;
/** Rows of the details under the lists, border included; on a low screen, which shows one list at a time. */
const [detailsBelow, detailsLow] = [9, 5];
/** Rows that two lists and the details need. */
const twoLists = 17;

const more: readonly Line[] = [
  [span('   Everything here has a command as well: incline --help lists them.', { fg: 'hint' })],
];

/** The rows of the home screen, from the top. */
export function drawHome(model: HomeModel, guard: Guard = unguarded): Row[] {
  const parts = { head: topLine, body: panelsOf, status: statusLine, hints, bindings: homeKeys, more };
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
  const isLow = !beside && height < twoLists;
  const below = isLow ? detailsLow : detailsBelow;
  const room = beside ? height : height - below;
  const runsHeight = isLow
    ? { runs: room, presets: 0 }[model.list]
    : Math.max(4, Math.min(matchingRuns(model).length + 2, Math.floor(room / 2)));
  const panel = (title: string, width: number, height: number, draw: () => Line[]): Line[] =>
    guard(`the panel "${title}"`, draw, (message) =>
      drawPanel({ width, height, title, glyphs: model.look.glyphs, body: failedBody(message, width - 2) }),
    );
  const list = (name: ListName, rows: number) => panel(name, width, rows, () => listPanel(model, name, width, rows));
  const about = (width: number, rows: number) => panel('details', width, rows, () => detailPanel(model, width, rows));
  const lists = [...list('runs', runsHeight), ...list('presets', room - runsHeight)];
  if (!beside) return [...lists, ...about(columns, below)];
  const right = about(columns - width, height);
  return lists.map((line, index) => [...line, ...right[index]!]);
}

/** A good half beside the details, more where names of runs need it. */
function listWidth(model: HomeModel, columns: number): number {
  const rows = runRows(model, matchingRuns(model), -1);
  const needed = Math.max(0, ...rows.map(lineWidth)) + 2;
  return Math.max(Math.round(columns * 0.52), Math.min(Math.round(columns * 0.6), needed));
}

function listPanel(model: HomeModel, list: ListName, width: number, height: number): Line[] {
  const focused = model.list === list;
  const selected = selectedRow(model, list);
  const rows =
    list === 'runs'
      ? runRows(model, matchingRuns(model), focused ? selected : -1, width - 2)
      : presetRows(matchingPresets(model), focused ? selected : -1, width - 2);
  const room = height - 2;
  const first = Math.max(0, Math.min(selected - Math.floor(room / 2), rows.length - room));
  const total = model.data[list].length;
  const count = model.search === '' ? `${total}` : `${rows.length} of ${total}`;
  const nothing =
    list === 'runs' && total === 0
      ? ' none yet: start a preset below; it appears here while it trains and stays here afterwards'
      : ` nothing matches "${model.search}"`;
  return drawPanel({
    width,
    height,
    title: list === 'runs' ? 'runs' : 'presets',
    detail: rows.length > room ? `${first + 1}–${Math.min(first + room, rows.length)} of ${rows.length}` : count,
    focused,
    glyphs: model.look.glyphs,
    body: rows.length > 0 ? rows.slice(first, first + room) : [[span(fitText(nothing, width - 2), { fg: 'hint' })]],
  });
}

const endings: Readonly<Record<string, string>> = {
  completed: '✓',
  stopped: '■',
  budget: '◆',
  diverged: '✕',
  failed: '✕',
};

/** Steps and age stand in columns as wide as what they hold; names get the rest, or as much as they need without a `width`. */
function runRows(model: HomeModel, runs: readonly HomeRun[], selected: number, width?: number): Line[] {
  const ages = runs.map(({ started }) => age(model.now - started));
  const stepColumns = Math.max(0, ...runs.map((run) => stepsOf(run).length));
  const ageColumns = Math.max(0, ...ages.map((words) => words.length));
  return runs.map((run, index) => {
    const right = [
      span(`  ${stepsOf(run).padStart(stepColumns)}`, run.live ? { bold: true } : {}),
      span(`  ${ages[index]!.padStart(ageColumns)} `, { fg: 'hint' }),
    ];
    const name = runName(model, run, index === selected);
    return [...(width === undefined ? name : fitLine(name, width - lineWidth(right))), ...right];
  });
}

function runName(model: HomeModel, run: HomeRun, selected: boolean): Line {
  const order = model.marked.indexOf(run.folder);
  const tags = run.tags.map((tag) => ` #${tag}`).join('');
  return [
    span(selected ? ' ▸' : '  ', { fg: 'focus', bold: true }),
    span(order < 0 ? '  ' : `${order + 1} `, { fg: 'intervention', bold: true }),
    span(run.depth > 0 ? `${repeated('  ', run.depth - 1)}└ ` : '', { fg: 'hint' }),
    stateSign(run),
    span(run.name, selected ? { fg: 'focus', bold: true } : {}),
    span(run.sweep ? ' sweep' : '', { fg: 'hint' }),
    span(tags, { fg: 'intervention' }),
  ];
}

function stateSign({ live, paused, ending }: HomeRun): Span {
  if (live) return span(paused ? '‖ ' : '● ', { fg: paused ? 'out_of_domain' : 'training', bold: true });
  const sign = endings[ending] ?? '○';
  return span(`${sign} `, { fg: sign === '✕' ? 'alert' : 'hint' });
}

const stepsOf = ({ step, steps, sweep }: HomeRun): string =>
  sweep ? `${thousands(sweep.done)} / ${thousands(sweep.total)} runs` : `${thousands(step)} / ${thousands(steps)}`;

function presetRows(presets: readonly HomePreset[], selected: number, width: number): Line[] {
  const longest = Math.max(0, ...presets.map(({ name }) => textWidth(name)));
  return presets.map(({ name, title }, index) => [
    span(index === selected ? ' ▸ ' : '   ', { fg: 'focus', bold: true }),
    span(fitText(name, longest), index === selected ? { fg: 'focus', bold: true } : { bold: true }),
    span(`  ${fitText(title, Math.max(0, width - longest - 6))}`, { fg: 'hint' }),
  ]);
}

function detailPanel(model: HomeModel, width: number, height: number): Line[] {
  const selected = selectedRun(model) ?? selectedPreset(model);
  return drawPanel({
    width,
    height,
    title: selected?.name ?? 'about',
    glyphs: model.look.glyphs,
    body: details(model, { columns: width - 2, rows: height - 2 }),
  });
}

function topLine({ data, size }: HomeModel): Line {
  const live = data.runs.filter((run) => run.live).length;
  const counts = [
    `${live} live`,
    `${data.runs.length} ${data.runs.length === 1 ? 'run' : 'runs'}`,
    `${data.presets.length} presets`,
  ];
  const right = `${counts.join(' · ')} `;
  const name = span(' incline ', { fg: 'focus', bold: true, inverse: true });
  const room = size.columns - right.length;
  const words = [' in-context learning, live in a terminal', ' in-context learning', ''];
  const fitting = words.find((text) => lineWidth([name]) + textWidth(text) + 2 <= room) ?? '';
  return [...fitLine([name, span(fitting, { fg: 'hint' })], room), span(right)];
}

function statusLine({ typing, search, notice, marked, data }: HomeModel): Line {
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
  return [span(` ${parts.join(' · ')}`, { fg: 'hint' })];
}

function hints(model: HomeModel): Line {
  if (model.typing || model.help) return blankLine(1);
  // What is not for the selected row would take the room of what is.
  const able = homeKeys.filter((binding) => refusalOf(binding, model) === undefined);
  return [span(' '), ...hintLine(model, able, model.size.columns - 2)];
}

/** `3 s ago`, and the like for longer times, by their largest unit. */
function age(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${duration(seconds).split('d')[0]} d ago`;
}
