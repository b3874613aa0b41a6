import { commandLine } from '../../core/own_command.ts';
import { drawPanel } from '../../plot/panel.ts';
import type { Line } from '../../plot/text.ts';
import { blankLine, fitText, span, textWidth, wrapText } from '../../plot/text.ts';
import { begunBy } from '../keys/commands.ts';
import { leaveChoices } from '../keys/leaving.ts';
import { layoutOf } from '../layout/opening.ts';
import { clauses } from '../screen/hints.ts';
import type { Size } from '../screen/size.ts';
import type { Model } from '../state/model.ts';
import { isPaused } from '../state/steering.ts';
import { helpBox, withinHelp } from './help.ts';

/** The most that lies over the panels. */
function overlayRoom(model: Model): Size {
  return { columns: model.size.columns - 4, rows: layoutOf(model).rows - 5 };
}

/** The model with the help scrolled no further than it goes. */
export function withinOverlay(model: Model): Model {
  const { overlay } = model;
  if (overlay.type !== 'help') return model;
  const within = withinHelp(model, overlay, overlayRoom(model));
  return within.scroll === overlay.scroll && within.section === overlay.section ? model : { ...model, overlay: within };
}

/** A box over the panels, with the rows it needs. */
export function overlayBox(model: Model): Line[] {
  const largest = overlayRoom(model);
  switch (model.overlay.type) {
    case 'help':
      return helpBox(model, model.overlay, largest);
    case 'line':
      return model.overlay.purpose === 'command' ? commandBox(model, model.overlay.text, largest) : [];
    case 'leave':
      return leaveBox(model, model.overlay.selected, largest.columns);
    default:
      return [];
  }
}

/** Cells of the box of commands from which all that follows their names fits. */
const roomy = 70;

/** What can be typed: names, the values in force, what they mean and when they take effect. */
function commandBox(model: Model, line: string, largest: Size): Line[] {
  const matching = begunBy(model, line);
  if (matching.length === 0) return [];
  const width = Math.min(96, largest.columns);
  const height = Math.min(matching.length + 2, largest.rows);
  const names = width < roomy ? 15 : 18;
  const rows = matching.map(
    ({ name, argument, help, value }): Line => [
      span(` :${name}`, { bold: true }),
      span(fitText(` ${argument.length > 12 ? '' : argument}`, names - name.length), { fg: 'hint' }),
      span(` ${fitText(value?.(model) ?? '', 9, 'right')}  `, { fg: 'value' }),
      span(clauses(help, Math.max(0, width - names - 17)), { fg: 'hint' }),
    ],
  );
  return drawPanel({
    width,
    height,
    title: 'commands',
    detail: matching.length > height - 2 ? `${matching.length - height + 2} more: type on` : 'value in force',
    footer: 'tab complete · enter do · esc cancel',
    focused: true,
    glyphs: model.look.glyphs,
    body: rows,
  });
}

/** Cells before what a choice means. */
const explainedAt = 21;

/** The choices and what each means; the command that returns to the run is whole, for who copies it. */
function leaveBox(model: Model, selected: number, largest: number): Line[] {
  const command = commandLine('attach');
  const width = Math.min(Math.max(88, explainedAt + command.length + 4), largest);
  const goesOn = `the run ${isPaused(model) ? 'stays paused' : 'goes on'}`;
  const inOneRow = `${goesOn}; ${command} returns to it`;
  const room = width - 2 - explainedAt - 1;
  const explained = [
    textWidth(inOneRow) <= room ? [inOneRow] : [...wrapText(`${goesOn}; this returns to it:`, room)],
    wrapText(
      model.group
        ? `all ${model.group.seeds.length} seeds on this screen save and end`
        : 'finishes the step, saves a snapshot, ends the run',
      room,
    ),
    ['stay here'],
  ];
  const isApart = textWidth(inOneRow) > room;
  const choices = leaveChoices.flatMap(({ key, title }, index): Line[] => {
    const marker = index === selected ? '▸' : ' ';
    const style = index === selected ? ({ fg: 'focus', bold: true } as const) : {};
    const before = [
      span(`  ${marker} `, style),
      span(key, { bold: true }),
      span(`  ${title.padEnd(explainedAt - 7)}`, style),
    ];
    const rows = explained[index]!.map(
      (text, row): Line => [...(row === 0 ? before : blankLine(explainedAt)), span(text, { fg: 'hint' })],
    );
    return isApart && index === 0 ? [...rows, ...commandRows(command, width - 2)] : rows;
  });
  return drawPanel({
    width,
    height: choices.length + 4,
    title: 'leave the screen',
    footer: 'enter choose · ctrl+c stop and save · esc cancel',
    focused: true,
    glyphs: model.look.glyphs,
    body: [[], ...choices],
  });
}

/** A command under what it does, indented where it fits so, over several rows where it fits none. */
function commandRows(command: string, room: number): Line[] {
  const indent = Math.max(1, Math.min(explainedAt, room - command.length - 1));
  const each = room - indent - 1;
  return Array.from({ length: Math.ceil(command.length / each) }, (_, row) => [
    ...blankLine(indent),
    span(command.slice(row * each, (row + 1) * each), { fg: 'value', bold: true }),
  ]);
}
