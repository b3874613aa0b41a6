import { fitLine, type Line, lineWidth, type Span, textWidth } from '../../plot/text.ts';

/** Cells beside a box from which what lies under it is seen there, and those that part them. */
const [leastBeside, margin] = [24, 1];

/** A row of `columns` cells with a row of a box in its middle. */
export function overlaid(under: Line, box: Line, columns: number): Line {
  const width = lineWidth(box);
  const left = Math.floor((columns - width) / 2);
  const right = columns - width - left;
  const seen = (cells: number, from: number): Line =>
    cells < leastBeside ? [] : cut(under, from, from + cells - margin);
  return [...fitLine(seen(left, 0), left), ...box, ...fitLine(seen(right, left + width + margin), right, 'right')];
}

/** Cells from `from` up to `to` of a line. */
function cut(line: Line, from: number, to: number): Line {
  const kept: Span[] = [];
  let x = 0;
  for (const part of line) {
    const width = textWidth(part.text);
    if (x + width > from && x < to) {
      const text = [...part.text].slice(Math.max(0, from - x), to - x).join('');
      kept.push({ ...part, text });
    }
    x += width;
  }
  return kept;
}
