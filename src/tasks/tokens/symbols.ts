import { type HostTensor, hostTensor } from '../../core/tensor.ts';

/** 1 at every symbol of rows of `vocabulary`, else 0; nothing for a symbol below 0. */
export function oneHot(symbols: ArrayLike<number>, vocabulary: number): Float32Array {
  const rows = new Float32Array(symbols.length * vocabulary);
  for (let at = 0; at < symbols.length; at++) if (symbols[at]! >= 0) rows[at * vocabulary + symbols[at]!] = 1;
  return rows;
}

/** a … z, then A … Z, then numbers. */
export function letterOf(symbol: number): string {
  if (symbol < 26) return String.fromCodePoint(97 + symbol);
  return symbol < 52 ? String.fromCodePoint(65 + symbol - 26) : String(symbol);
}

/**
 * What screens write for the tokens of a probe: code points of their names, padded with 0 [prompt, token, character]. To be
 * among its references as `symbols`.
 */
export function symbolsTensor(prompts: number, names: readonly string[]): HostTensor {
  const widest = Math.max(1, ...names.map((name) => name.length));
  const points = new Float32Array(names.length * widest);
  for (const [at, name] of names.entries()) {
    for (let i = 0; i < name.length; i++) points[at * widest + i] = name.charCodeAt(i);
  }
  return hostTensor([prompts, names.length / prompts, widest], points);
}
