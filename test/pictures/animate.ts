import { createRequire } from 'node:module';
import type { Terminal as HeadlessTerminal } from '@xterm/headless';
import type { SeenCell } from '../../src/plot/screen_glyphs.ts';
import { drawCells, type PlacedCell, screenDocument } from '../../src/plot/screen_svg.ts';
import type { Cast } from './asciicast.ts';
import { cellsOf } from './cells.ts';

const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as { Terminal: typeof HeadlessTerminal };

export type Frame = SeenCell[][];

/** What the terminal shows at times that lie evenly between the beginning and the last change. */
export async function framesOf({ columns, rows, events }: Cast, count: number): Promise<Frame[]> {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
  const written = events.filter(({ code }) => code === 'o');
  const end = written.at(-1)?.time ?? 0;
  const frames: Frame[] = [];
  let next = 0;
  for (let index = 0; index < count; index++) {
    for (const time = (end * index) / (count - 1); next < written.length && written[next]!.time <= time; next++) {
      await new Promise<void>((resolve) => terminal.write(written[next]!.data, resolve));
    }
    frames.push(cellsOf(terminal));
  }
  return frames;
}

/** Cells by the frames from and to which they show the same: each is drawn once for such a stretch. */
function stretchesOf(frames: readonly Frame[]): Map<string, PlacedCell[]> {
  const stretches = new Map<string, PlacedCell[]>();
  frames[0]!.forEach((row, y) => {
    row.forEach((_, x) => {
      let begin = 0;
      for (let end = 1; end <= frames.length; end++) {
        const cell = frames[begin]![y]![x]!;
        if (end < frames.length && JSON.stringify(frames[end]![y]![x]) === JSON.stringify(cell)) continue;
        const name = `${begin}-${end}`;
        if (!stretches.has(name)) stretches.set(name, []);
        stretches.get(name)!.push({ x, y, cell });
        begin = end;
      }
    });
  });
  return stretches;
}

/** The last frame stays three times as long as the others. */
const lastStays = 3;

/** Frames as one SVG picture that plays them for so many seconds, again and again. */
export function animationOf(frames: readonly Frame[], seconds: number): string {
  const total = frames.length - 1 + lastStays;
  const at = (frame: number): string => `${((100 * frame) / total).toFixed(2)}%`;
  const rules: string[] = [];
  const drawn = [...stretchesOf(frames)].map(([name, cells]) => {
    const [begin, end] = name.split('-').map(Number) as [number, number];
    const shown = drawCells(cells, 'dark');
    if (shown === '' || (begin === 0 && end === frames.length)) return shown;
    const id = `f${begin}_${end}`;
    // Whoever plays no animations sees the last frame.
    const still = end === frames.length ? '' : ' visibility="hidden"';
    const hidden = end === frames.length ? '' : `${at(end)}{visibility:hidden}`;
    const before = begin === 0 ? '' : '0%{visibility:hidden}';
    rules.push(`@keyframes ${id}{${before}${at(begin)}{visibility:visible}${hidden}}.${id}{animation-name:${id}}`);
    return `<g class="${id}"${still}>${shown}</g>`;
  });
  rules.unshift(
    `[class]{animation:${seconds}s step-end infinite}`,
    '@media(prefers-reduced-motion:reduce){[class]{animation:none!important}}',
  );
  const sheet = {
    columns: frames[0]![0]!.length,
    rows: frames[0]!.length,
    theme: 'dark',
    rules: rules.join(''),
  } as const;
  return screenDocument(sheet, drawn.join('\n'));
}
