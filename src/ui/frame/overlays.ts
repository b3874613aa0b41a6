import { commandLine } from '../../core/own_command.ts';
import { drawPanel } from '../../plot/panel.ts';
import type { Line } from '../../plot/text.ts';
import { blankLine, fitLine, fitText, span } from '../../plot/text.ts';
import { begunBy, commands } from '../keys/commands.ts';
import { acts, keyTable } from '../keys/keys.ts';
import { leaveChoices } from '../keys/leaving.ts';
import { offeredPanels, panelKey } from '../layout/opening.ts';
import type { Panel } from '../panels/contract.ts';
import { explained } from '../screen/hints.ts';
import type { Model } from '../state/model.ts';
import { isPaused } from '../state/steering.ts';
import { glossaryOf } from './glossary.ts';

/** A box over the panels, with the rows it needs. */
export function overlayBox(model: Model, largest: { readonly columns: number; readonly rows: number }): Line[] {
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

/** What can be typed: names, the values in force, what they mean and when they take effect. */
function commandBox(model: Model, line: string, largest: { readonly columns: number; readonly rows: number }): Line[] {
  const matching = begunBy(model, line);
  if (matching.length === 0) return [];
  const width = Math.min(96, largest.columns);
  const height = Math.min(matching.length + 2, largest.rows);
  const rows = matching.map(
    ({ name, argument, help, value }): Line => [
      span(` :${name}`, { bold: true }),
      span(fitText(` ${argument.length > 12 ? '' : argument}`, 15 - name.length), { fg: 'hint' }),
      span(` ${fitText(value?.(model) ?? '', 9, 'right')}  `, { fg: 'value' }),
      span(fitText(help, Math.max(0, width - 32)), { fg: 'hint' }),
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

function leaveBox(model: Model, selected: number, largest: number): Line[] {
  const width = Math.min(88, largest);
  const explained = [
    `the run ${isPaused(model) ? 'stays paused' : 'goes on'}; ${commandLine('attach')} returns to it`,
    model.group
      ? `all ${model.group.seeds.length} seeds on this screen save and end`
      : 'finishes the step, saves a snapshot, ends the run',
    'stay here',
  ];
  const choices = leaveChoices.map(({ key, title }, index): Line => {
    const marker = index === selected ? '▸' : ' ';
    const style = index === selected ? ({ fg: 'focus', bold: true } as const) : {};
    return [
      span(`  ${marker} `, style),
      span(key, { bold: true }),
      span(`  ${title.padEnd(15)}`, style),
      span(fitText(explained[index]!, width - 25), { fg: 'hint' }),
    ];
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

function helpBox(
  model: Model,
  { filter, scroll }: { readonly filter: string; readonly scroll: number },
  largest: { readonly columns: number; readonly rows: number },
): Line[] {
  const width = Math.min(96, largest.columns);
  const all = helpLines(model, filter, width - 2);
  const room = largest.rows - 4;
  const first = Math.max(0, Math.min(scroll, all.length - room));
  const shown = all.slice(first, first + room);
  const search: Line = [
    span(' search ', { fg: 'hint' }),
    span(filter, { bold: true }),
    span('_', { bold: true }),
    span(filter === '' ? '  type to filter' : '', { fg: 'hint' }),
  ];
  const empty: Line[] = all.length === 0 ? [[span(' no key matches', { fg: 'hint' })]] : [];
  const fill = Array.from({ length: Math.max(0, room - shown.length - empty.length) }, () => blankLine(1));
  return drawPanel({
    width,
    height: largest.rows,
    title: 'help',
    detail: all.length > room ? `${first + 1}–${first + shown.length} of ${all.length}` : '',
    footer: '↑ ↓ scroll · esc close',
    focused: true,
    glyphs: model.look.glyphs,
    body: [search, [], ...shown, ...empty, ...fill].map((line) => fitLine(line, width - 2)),
  });
}

/** Keys grouped by where they act, then the commands; only what contains the filter, which may begin with `/`. */
function helpLines(model: Model, filter: string, width: number): Line[] {
  const wanted = filter
    .trim()
    .replace(/^\/\s*/, '')
    .toLowerCase();
  const matches = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(wanted));
  const section = (title: string, lines: readonly Line[]): Line[] =>
    lines.length === 0 ? [] : [[span(` ${title}`, { fg: 'hint' })], ...lines];
  const keysIn = (panel: Panel | undefined) =>
    keyTable
      .filter(({ over, panels: where }) => over === undefined && (panel ? where?.includes(panel) : where === undefined))
      .filter((binding) => acts(binding, model) && matches(binding.shown, binding.label, binding.help))
      .flatMap(({ shown, help }) => explained(shown, 11, help, width));
  return [
    ...section('everywhere', keysIn(undefined)),
    ...offeredPanels(model).flatMap((panel) => section(`in ${panel.name} (${panelKey(model, panel)})`, keysIn(panel))),
    ...section(
      'commands',
      commands
        .filter(({ name, help }) => matches(`:${name}`, help))
        .flatMap(({ name, argument, help }) => explained(`:${name} ${argument}`.trim(), 15, help, width)),
    ),
    ...section(
      'words on the screen',
      glossaryOf(model.run)
        .filter(({ word, meaning }) => matches(word, meaning))
        .flatMap(({ word, meaning }) => explained(word, 15, meaning, width)),
    ),
  ];
}
