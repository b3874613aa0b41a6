import type { ColourMap } from '../plot/colourmap.ts';
import type { ColourDepth, ThemeName } from '../plot/style.ts';
import type { Glyphs } from '../plot/text.ts';

/** How the screen is drawn: what the terminal can show, and what the person prefers. */
export interface Look {
  readonly depth: ColourDepth;
  readonly glyphs: Glyphs;
  readonly theme: ThemeName;
  readonly colourMap: ColourMap;
  /** Most frames a second, and most pictures of the model's insides. */
  readonly framesPerSecond: number;
  readonly picturesPerSecond: number;
}

/** Pairs that the theme key goes through. */
export const looks: readonly Pick<Look, 'theme' | 'colourMap'>[] = (['dark', 'light'] as const).flatMap((theme) =>
  (['viridis', 'cividis', 'grey'] as const).map((colourMap) => ({ theme, colourMap })),
);
