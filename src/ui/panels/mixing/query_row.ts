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
