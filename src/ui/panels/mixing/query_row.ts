import { fitNumber } from '../../../core/format.ts';
import type { Matrix } from '../../../plot/heatmap.ts';
import { bar } from '../../../plot/sparkline.ts';
import { type Line, span } from '../../../plot/text.ts';
import type { Size } from '../../screen/size.ts';

/** Cells of a number, of what stands before the bars, and of a bar. */
const [number, before, bars] = [9, 8, { least: 4, most: 20 }] as const;

/** What the query under the cursor takes of each key, learned beside optimal; nothing where there is no room. */
export function queryRow(
  { learned, optimal }: { readonly learned: Matrix; readonly optimal: Matrix | undefined },
  query: number,
  { columns: width, rows }: Size,
): Line[] {
  if (!optimal) return [];
  const room = Math.floor((width - before - 2 * number) / 2);
  if (room < bars.least || rows < 3) return [];
  const cells = Math.min(bars.most, room - 1);
  const taken = ({ data, columns }: Matrix, key: number): number => data[query * columns + key]!;
  const keys = Array.from({ length: Math.min(learned.columns, rows - 2) }, (_, key) => key);
  const largest = Math.max(...keys.flatMap((key) => [learned, optimal].map((one) => Math.abs(taken(one, key)))), 1e-12);
  const column = (matrix: Matrix, key: number): Line => {
    const value = taken(matrix, key);
    return [
      span(fitNumber(value, number)),
      span(` ${bar(Math.abs(value) / largest, cells)}`, { fg: value < 0 ? 'in_domain' : 'out_of_domain' }),
    ];
  };
  const more = learned.columns - keys.length;
  return [
    [span(`   query ${query} takes of key${more > 0 ? ` (${more} more keys)` : ''}`, { fg: 'hint' })],
    [
      span(`${' '.repeat(before)}${'Â'.padStart(number)}${' '.repeat(cells + 1)}${'A'.padStart(number)}`, {
        fg: 'hint',
      }),
    ],
    ...keys.map(
      (key): Line => [
        span(`${String(key).padStart(before - 1)} `, { fg: 'hint' }),
        ...column(learned, key),
        ...column(optimal, key),
      ],
    ),
  ];
}

/** Rows from which the distances of the queries are told. */
const leastDistances = 5;

/** How far the mix of each query is from the optimal one, the worst first; nothing where there is no room. */
export function distances(difference: Matrix | undefined, query: number, { columns, rows }: Size): Line[] {
  const width = Math.min(bars.most, columns - before - number - 2);
  if (!difference || rows < leastDistances || width < bars.least) return [];
  const all = Array.from({ length: difference.rows }, (_, at) => {
    const row = difference.data.subarray(at * difference.columns, (at + 1) * difference.columns);
    return { at, far: Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) };
  }).sort((a, b) => b.far - a.far);
  const shown = all.slice(0, rows - 2);
  const left = all.length - shown.length;
  return [
    [],
    [span(`   how far the row of each query is off${left > 0 ? ` (${left} more)` : ''}`, { fg: 'hint' })],
    ...shown.map(({ at, far }): Line => {
      const fg = at === query ? 'focus' : 'hint';
      return [
        span(`${String(at).padStart(before - 1)} `, { fg }),
        span(fitNumber(far, number), at === query ? { fg: 'focus' } : {}),
        span(` ${bar(far / all[0]!.far, width)}`, { fg }),
      ];
    }),
  ];
}
