import { drawPanel } from '../../plot/panel.ts';
import { fitLine, fitText, type Line, span } from '../../plot/text.ts';
import type { Row } from '../terminal/cells.ts';
import type { Look } from '../terminal/look.ts';
import { type Guard, guardedLine } from './faults.ts';
import { explained, inBrief } from './hints.ts';
import type { KeyBinding } from './key_binding.ts';
import { overlaid } from './overlaid.ts';
import { receded } from './receded.ts';
import type { Size } from './size.ts';
import { tooSmall } from './too_small.ts';
import { usualKeys } from './usual_keys.ts';

interface Shown {
  readonly size: Size;
  readonly look: Look;
  /** Whether the keys are explained over the panels. */
  readonly help: boolean;
}

interface Parts<M> {
  readonly head: (model: M) => Line;
  readonly body: (model: M, size: Size, guard: Guard) => Line[];
  readonly status: (model: M) => Line;
  readonly hints: (model: M) => Line;
  readonly bindings: readonly KeyBinding<M, unknown>[];
  /** What else the help says, under the keys, in lines of at most so many cells. */
  readonly more?: (width: number) => readonly Line[];
}

/** A screen of panels between bars: one row of the terminal each, from the top. */
export function drawBetweenBars<M extends Shown>(model: M, guard: Guard, parts: Parts<M>): Row[] {
  const small = tooSmall(model.size);
  if (small) return small.map((line) => [line]);
  const { columns, rows } = model.size;
  const size = { columns, rows: rows - 3 };
  const line = (what: string, draw: (model: M) => Line): Line => guardedLine(guard, what, () => draw(model), columns);
  const lines = [
    line('the head', parts.head),
    ...(model.help ? withHelp(model, parts, size, guard) : parts.body(model, size, guard)),
    line('the status', parts.status),
    ...(model.look.still ? [] : [line('the hints', parts.hints)]),
  ];
  return lines.map((line) => [fitLine(line, columns)]);
}

/** Cells of the help, at most. */
const widest = 96;

/** The help as a box as large as what it says, over the panels, which stand back. */
function withHelp<M extends Shown>(model: M, parts: Parts<M>, size: Size, guard: Guard): Line[] {
  const { columns, rows } = size;
  const box = helpBox(model, parts, { columns: Math.min(widest, columns), rows });
  const top = Math.floor((rows - box.length) / 2);
  const under = parts.body(model, size, guard).map((line) => receded(fitLine(line, columns)));
  return under.map((line, row) => (box[row - top] ? overlaid(line, box[row - top]!, columns) : line));
}

function helpBox<M extends Shown>({ look }: M, { bindings, more }: Parts<M>, { columns, rows }: Size): Line[] {
  const inside = columns - 2;
  const keys = bindings.flatMap(({ shown, help }) => explained(shown, 9, help, inside + 1));
  const rest = more?.(inside) ?? [];
  const room = rows - 2;
  const forms = [
    [[], ...keys, [], ...rest],
    [...keys, ...rest],
    [...keys, ...rest.slice(-1)],
    [[], ...keys],
    keys,
    inBrief(
      bindings.filter(({ id }) => id !== usualKeys.help.id),
      7,
      inside,
    ),
    inColumns(bindings, { columns: inside, rows: room }),
  ];
  const body = forms.find((form) => form.length <= room) ?? forms.at(-1)!;
  return drawPanel({
    width: columns,
    height: body.length + 2,
    title: 'help',
    footer: 'any key closes',
    focused: true,
    glyphs: look.glyphs,
    body,
  });
}

/** Keys with a word or two each, where there is no room to explain them. */
function inColumns(bindings: readonly KeyBinding<never, unknown>[], { columns, rows }: Size): Line[] {
  const down = Math.max(1, rows - 1);
  const width = Math.floor(columns / Math.ceil(bindings.length / down));
  const lines = Array.from({ length: down }, (_, row) =>
    bindings
      .filter((_, i) => i % down === row)
      .flatMap(({ shown, label }) =>
        fitLine([span(` ${fitText(shown, 8)}`, { bold: true }), span(fitText(label, Math.max(0, width - 10)))], width),
      ),
  );
  return [...lines, [span(' a larger terminal explains them', { fg: 'hint' })]];
}
