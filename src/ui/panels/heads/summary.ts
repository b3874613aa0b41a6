import { changeText, fitNumber } from '../../../core/format.ts';
import { fitLine, fitText, type Line, type Span, span } from '../../../plot/text.ts';
import { formatAddress } from '../../../protocol/address.ts';
import { sharpness } from '../../../runs/patterns.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import { meanEntropy, type Patterns } from '../../state/pattern.ts';

/** What the pictures do not say by themselves. */
interface Summarised {
  readonly patterns: Patterns;
  /** Selected head, counted through the layers. */
  readonly selected: number;
  isKept(head: number): boolean;
  /** Whether the labels of the pictures say how spread attention is. */
  readonly hasEntropies: boolean;
  /** What each head is worth, where that is asked for. */
  readonly ablation: RunState['ablation'] | undefined;
}

/** Cells of the names with a gap before them, with the layer and without, and of each column. */
const names = { long: 8, short: 7 };
const number = 9;

interface Column {
  readonly title: string;
  cell(head: number): string;
}

/** A row for each head in a table of at most so many cells: how spread and how sharp its attention is, and what is lost without it. */
export function drawSummary(heads: Summarised, { columns: width, rows }: Size): Line[] {
  const { patterns, selected, isKept, hasEntropies, ablation } = heads;
  const count = patterns.layers * patterns.heads;
  const name = patterns.layers > 1 ? names.long : names.short;
  if (count < 2 || width < name + number || rows < 2) return [];
  const all: Column[] = [
    ...(hasEntropies
      ? []
      : [{ title: 'entropy', cell: (head: number) => fitNumber(meanEntropy(patterns.matrix(head)), number - 1) }]),
    { title: 'largest', cell: (head) => fitNumber(sharpness(patterns.matrix(head)), number - 1) },
    ...(ablation && ablation.entries.size > 0 ? [{ title: 'without', cell: effectOf(heads, ablation) }] : []),
  ];
  const columns = all.slice(0, Math.floor((width - name) / number));
  const room = rows - 1;
  const first = Math.max(0, Math.min(selected - Math.floor(room / 2), count - room));
  const listed = Array.from({ length: Math.min(room, count) }, (_, at) => first + at);
  return [
    [span(`${fitText('', name)}${columns.map(({ title }) => title.padStart(number)).join('')}`, { fg: 'hint' })],
    ...listed.map((head): Line => {
      const cells = columns.map(({ cell }): Span => span(cell(head).padStart(number), { fg: 'hint' }));
      const style = head === selected ? ({ fg: 'focus', bold: true } as const) : {};
      const own = [
        span(head === selected ? '  ▸' : '   ', style),
        span(nameOf(patterns, head), { ...style, ...(isKept(head) ? {} : { fg: 'pruned', strike: true }) }),
      ];
      return [...fitLine(own, name), ...cells];
    }),
  ];
}

/** Of head `head`, counted through the layers; the layer is said where there are several. */
export function nameOf({ layers, heads }: Patterns, head: number): string {
  const address = formatAddress({ layer: Math.floor(head / heads), head: head % heads });
  return layers > 1 ? address : address.slice(address.indexOf('H'));
}

const effectOf =
  ({ patterns }: Summarised, { entries }: RunState['ablation']) =>
  (head: number): string => {
    const entry = entries.get(formatAddress({ layer: Math.floor(head / patterns.heads), head: head % patterns.heads }));
    return entry?.base === undefined ? '–' : changeText(entry.base, entry.base + entry.delta);
  };
