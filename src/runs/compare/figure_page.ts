import { runTokens, themes } from '../../plot/style.ts';

/** The page of the exported figure, in pixels. */
export const width = 1200;
export const edge = 24;
export const inner = width - 2 * edge;

/** A part of the figure and the pixels it is high. */
export interface Part {
  readonly pieces: readonly string[];
  readonly height: number;
}

export function colourOf(run: number): string {
  return `#${themes.light.tokens[runTokens[run % runTokens.length]!]![0].toString(16).padStart(6, '0')}`;
}
