import { drawPanel } from '../../plot/panel.ts';
import type { Line } from '../../plot/text.ts';
import { breakLine, fitLine, repeated, span } from '../../plot/text.ts';
import { commands } from '../keys/commands.ts';
import { acts, keyTable } from '../keys/keys.ts';
import { lookingKeys } from '../keys/looking_keys.ts';
import { pruningKeys } from '../keys/pruning_keys.ts';
import { pastKeys, replayKeys } from '../keys/replay_keys.ts';
import type { RunKey } from '../keys/run_key.ts';
import { focusedPanel, offeredPanels, panelKey } from '../layout/opening.ts';
import type { Panel } from '../panels/contract.ts';
import { explained, inBrief } from '../screen/hints.ts';
import type { Size } from '../screen/size.ts';
import type { Model } from '../state/model.ts';
import { glossaryOf } from './glossary.ts';

/** A part of the help, with a number in its index. */
interface Section {
  /** A word for the index. */
  readonly name: string;
  readonly lines: readonly Line[];
}

interface Wanted {
  readonly filter: string;
  /** The section that was gone to, and how many lines below its heading the first line in view is. */
  readonly section: number;
  readonly scroll: number;
}

/** Keys with which a first hour goes, in the order in which they are needed. */
const mostUsed: readonly string[] = [
  ...['pause', 'play', 'step', 'panel', 'zoom_in', 'out', 'prune', 'fewer_more', 'undo'],
  ...['look_earlier', 'earlier_snapshot', 'later_snapshot', 'snapshot', 'fork', 'fork_past', 'compare'],
  ...['go_to', 'command', 'postcard', 'leave'],
];

/** Cells of the names of keys, and of commands and words. */
const [keyCells, wordCells] = [11, 15];

/** Cells of the box, at most. */
const widest = 96;

/** The help as a box: an index of its sections above as many lines as fit. */
export function helpBox(model: Model, wanted: Wanted, largest: Size): Line[] {
  const { look } = model;
  const width = Math.min(widest, largest.columns);
  const inside = width - 2;
  const page = pageOf(model, wanted, { columns: width, rows: largest.rows });
  const { index, all, first, room } = page;
  const shown = all.slice(first, first + room);
  const nothing: Line[] = all.length === 0 ? [[span(' no key matches', { fg: 'hint' })]] : [];
  const left = all.length - first - room;
  const more = [first > 0 ? `${first} more ↑` : '', left > 0 ? `${left} more ↓` : ''];
  return drawPanel({
    width,
    height: largest.rows,
    title: 'help',
    detail: wanted.filter === '' ? 'type to filter' : '',
    footer: more.filter((text) => text !== '').join(' · '),
    focused: true,
    glyphs: look.glyphs,
    body: [...index, ...shown, ...nothing].map((line) => fitLine(line, inside)),
  });
}

/** The same help, scrolled no further than its first and last lines, from the section in view. */
export function withinHelp<W extends Wanted>(model: Model, wanted: W, largest: Size): W {
  const { starts, first, current } = pageOf(model, wanted, { ...largest, columns: Math.min(widest, largest.columns) });
  return { ...wanted, section: current, scroll: first - (starts[current] ?? 0) };
}

/** What is in view of the help. */
interface Page {
  readonly index: readonly Line[];
  readonly all: readonly Line[];
  /** The line at which each section begins. */
  readonly starts: readonly number[];
  /** The section that is in view, and its first line there. */
  readonly current: number;
  readonly first: number;
  readonly room: number;
}

function pageOf(model: Model, wanted: Wanted, { columns, rows }: Size): Page {
  const { filter, scroll } = wanted;
  const inside = columns - 2;
  const sections = sectionsOf(model, filter, inside);
  const starts = sections.map((_, at) => sections.slice(0, at).reduce((sum, { lines }) => sum + lines.length, 0));
  const all = sections.flatMap(({ lines }) => lines);
  const section = Math.max(0, Math.min(wanted.section, sections.length - 1));
  const begin = starts[section] ?? 0;
  const place = (room: number) => Math.max(0, Math.min(begin + scroll, all.length - room));
  const roomUnder = (index: readonly Line[]) => Math.max(1, rows - 2 - index.length);
  // How high the index is does not depend on what is in view.
  const room = roomUnder(indexOf(sections, 0, inside));
  const first = place(room);
  const isChosen = begin >= first && begin < first + room;
  const current = isChosen ? section : starts.findLastIndex((start) => start <= first);
  const index = filter === '' ? indexOf(sections, current, inside) : [searched(filter)];
  return {
    index,
    all,
    starts,
    current: Math.max(0, current),
    first: filter === '' ? first : place(roomUnder(index)),
    room: roomUnder(index),
  };
}

/** The sections by their numbers, in as many rows as they need. */
function indexOf(sections: readonly Section[], current: number, width: number): Line[] {
  const entry = ({ name }: Section, at: number): Line => {
    const isCurrent = at === current;
    const number = span(`${at + 1}\u00a0`, { bold: true, inverse: isCurrent });
    return [span(' '), number, span(name, isCurrent ? { bold: true, inverse: true } : { fg: 'hint' })];
  };
  const rows: Line[] = [];
  for (let rest: Line = sections.flatMap(entry); rest.length > 0; ) {
    const [row, after] = breakLine(rest, width);
    rows.push(row);
    rest = after.length > 0 ? [span(' '), ...after] : [];
  }
  return rows;
}

const searched = (filter: string): Line => [
  span(' search ', { fg: 'hint' }),
  span(filter, { bold: true }),
  span('_', { bold: true }),
];

/** All there is to say, what is needed most first; of a search, only what contains it, which may begin with `/`. */
function sectionsOf(model: Model, filter: string, width: number): Section[] {
  const wanted = filter
    .trim()
    .replace(/^\/\s*/, '')
    .toLowerCase();
  const matches = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(wanted));
  const fitting = keyTable.filter(
    (binding) =>
      binding.over === undefined && acts(binding, model) && matches(binding.shown, binding.label, binding.help),
  );
  const everywhere = fitting.filter(({ panels }) => panels === undefined);
  const explain = (keys: readonly RunKey[]) =>
    keys.flatMap(({ shown, help }) => explained(shown, keyCells, help, width));
  const of = (keys: readonly RunKey[]) => explain(everywhere.filter((key) => keys.includes(key)));
  const inPanel = (panel: Panel) => explain(fitting.filter(({ panels }) => panels?.includes(panel)));
  const grouped = [...pruningKeys, ...replayKeys, ...pastKeys, ...lookingKeys];
  const focused = focusedPanel(model);
  const others = offeredPanels(model).filter((panel) => panel !== focused);
  const headed = (panel: Panel) => under(`in ${panel.name} (${panelKey(model, panel)})`, inPanel(panel), width);
  const first = wanted === '' ? mostUsed.flatMap((id) => fitting.find((key) => key.id === id) ?? []) : [];
  const written = (rows: readonly (readonly [word: string, meaning: string])[]) =>
    rows
      .filter(([word, meaning]) => matches(word, meaning))
      .flatMap(([word, meaning]) => explained(word, wordCells, meaning, width));
  const section = (name: string, heading: string, lines: readonly Line[]): Section => ({
    name,
    lines: under(heading, lines, width),
  });
  return [
    // Their place says that they are the most used.
    { name: 'start', lines: inBrief(first, keyCells - 1, width - 2).map((line) => [span('  '), ...line]) },
    { name: 'here', lines: focused ? headed(focused) : [] },
    section('run', 'the run', explain(everywhere.filter((key) => !grouped.includes(key)))),
    section('prune', 'pruning', of(pruningKeys)),
    section(model.replay ? 'replay' : 'past', 'earlier steps', of([...replayKeys, ...pastKeys])),
    section('look', 'looking', of(lookingKeys)),
    { name: 'panels', lines: others.flatMap(headed) },
    section(
      'commands',
      'commands',
      written(commands.map(({ name, argument, help }) => [`:${name} ${argument}`.trim(), help] as const)),
    ),
    section(
      'words',
      'words on the screen',
      written(glossaryOf(model.run).map(({ word, meaning }) => [word, meaning] as const)),
    ),
  ].filter(({ lines }) => lines.length > 0);
}

/** Lines under a heading that goes across. */
function under(heading: string, lines: readonly Line[], width: number): Line[] {
  if (lines.length === 0) return [];
  return [
    [
      span(` ${heading} `, { fg: 'title', bold: true }),
      span(repeated('─', width - heading.length - 3), { fg: 'border' }),
    ],
    ...lines,
  ];
}
