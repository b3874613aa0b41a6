import type { ParameterSpec } from '../../graph/parameters.ts';

/** How a parameter of a decoder grows with its width: along its columns alone, both axes, its rows alone, or not. */
type Growth = 'input' | 'hidden' | 'output' | 'none';

function growthOf(name: string): Growth {
  if (name === 'out.W') return 'output';
  if (name === 'out.b') return 'none';
  return /\.(attn|mlp)\.W_/.test(name) ? 'hidden' : 'input';
}

/**
 * Factors on learning rates that keep updates of a wider network as large, for what they change, as those of the base:
 * maximal update parametrisation, Yang et al. 2022, arXiv 2203.03466, table 3.
 * @param ratio width over the base's
 */
export function withWidthRates(specs: readonly ParameterSpec[], ratio: number): ParameterSpec[] {
  if (ratio === 1) return [...specs];
  const rates: Readonly<Record<Growth, NonNullable<ParameterSpec['rate']>>> = {
    input: { adaptive: 1, plain: ratio },
    hidden: { adaptive: 1 / ratio, plain: 1 },
    output: { adaptive: 1 / ratio, plain: 1 / ratio },
    none: { adaptive: 1, plain: 1 },
  };
  return specs.map((spec) => ({ ...spec, rate: rates[growthOf(spec.name)] }));
}

/** What that table asks of start values, for a matrix of a network `ratio` times as wide as the base. */
export interface BaseStart {
  /** Rows and columns that it has in the base. */
  readonly rows: number;
  readonly columns: number;
  /** Factor on the standard deviation that it has there: variances go as 1 / rows, of the read-out as their square. */
  readonly factor: number;
}

export function baseStart(name: string, [rows, columns]: readonly [number, number], ratio: number): BaseStart {
  const growth = growthOf(name);
  const factors: Readonly<Record<Growth, number>> = {
    input: 1,
    hidden: 1 / Math.sqrt(ratio),
    output: 1 / ratio,
    none: 1,
  };
  return {
    rows: growth === 'hidden' || growth === 'output' ? rows / ratio : rows,
    columns: growth === 'hidden' || growth === 'input' ? columns / ratio : columns,
    factor: factors[growth],
  };
}
