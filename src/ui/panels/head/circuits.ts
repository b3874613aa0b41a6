import { fitNumber } from '../../../core/format.ts';
import { sparkline } from '../../../plot/sparkline.ts';
import { fitLine, type Line, span } from '../../../plot/text.ts';
import type { Size } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';

/** Bars of singular values at most. */
const mostBars = 32;

const circuits = [
  { tensor: 'qk_singular', name: 'W_Q W_Kᵀ' },
  { tensor: 'ov_singular', name: 'W_V W_O' },
] as const;

/** Rows of a panel that fills the screen from which its last ones are for weights. */
const roomy = 24;

type Shows = Pick<Model, 'probe'> & { readonly view: Pick<Model['view'], 'zoomed'> };

/** What a panel that fills the screen leaves to the pattern. */
export function roomForPattern({ probe, view }: Shows, { columns, rows }: Size): Size {
  if (view.zoomed !== 'head' || rows < roomy) return { columns, rows };
  const has = (name: string) => probe?.tensors[name] !== undefined;
  const ofLayer = ['gradient_norm', 'update_ratio'].some(has) ? 1 : 0;
  return { columns, rows: rows - circuits.filter(({ tensor }) => has(tensor)).length - ofLayer };
}

/**
 * The singular values of what a head looks for and of what it passes on, largest first, and how its layer is pulled at and
 * changes; as far as a picture tells. Of values σ the effective rank is (Σ σ²)² / Σ σ⁴: how many of them count.
 */
export function circuitLines({ probe }: Pick<Model, 'probe'>, layer: number, index: number, width: number): Line[] {
  const lines = circuits.flatMap(({ tensor, name }): Line[] => {
    const { shape, data } = probe?.tensors[tensor] ?? {};
    const count = shape?.[2];
    if (!count || !data) return [];
    const values = data.subarray(index * count, (index + 1) * count);
    const squares = Array.from(values, (value) => value * value);
    const sum = squares.reduce((total, square) => total + square, 0);
    const rank = (sum * sum) / squares.reduce((total, square) => total + square * square, 0);
    const bars = sparkline(values, Math.min(mostBars, count), { min: 0 });
    const told: Line = [
      span(` ${name} `.padEnd(10), { fg: 'hint' }),
      span(bars, { fg: 'in_domain' }),
      span('  largest singular value ', { fg: 'hint' }),
      span(fitNumber(values[0]!, 6).trim(), { fg: 'value', bold: true }),
      span('  effective rank ', { fg: 'hint' }),
      span(fitNumber(rank, 4).trim(), { fg: 'value', bold: true }),
      span(` of ${count}`, { fg: 'hint' }),
    ];
    return [fitLine(told, width)];
  });
  const of = (name: string) => probe?.tensors[name]?.data[layer];
  const [norm, ratio] = [of('gradient_norm'), of('update_ratio')];
  if (norm === undefined && ratio === undefined) return lines;
  const told = (before: string, value: number | undefined, after: string): Line =>
    value === undefined
      ? []
      : [
          span(before, { fg: 'hint' }),
          span(fitNumber(value, 7).trim(), { fg: 'value', bold: true }),
          span(after, { fg: 'hint' }),
        ];
  const change: Line = [
    span(` L${layer}`, { fg: 'hint' }),
    ...told('  norm of the gradient ', norm, ''),
    ...told('  an update changes it by ', ratio, ' of its size'),
  ];
  return [...lines, fitLine(change, width)];
}
