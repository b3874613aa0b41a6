import { type UnsignedMap, unsignedMaps } from '../../plot/colourmap.ts';
import type { ColourDepth, ThemeName } from '../../plot/style.ts';
import type { Glyphs } from '../../plot/text.ts';

/** How the screen is drawn: what the terminal can show, and what the person prefers. */
export interface Look {
  readonly depth: ColourDepth;
  readonly glyphs: Glyphs;
  readonly theme: ThemeName;
  /** What the terminal's background is taken to be. */
  readonly background: ThemeName;
  readonly colourMap: UnsignedMap;
  /** Whether it is a picture to keep, on which no key can be pressed. */
  readonly still?: boolean;
  /** Most frames a second, and most pictures of the model's activations. */
  readonly framesPerSecond: number;
  readonly picturesPerSecond: number;
  /** Most bytes a second that are sent in the long run. */
  readonly bytesPerSecond: number;
}

/** The theme in whose colours areas are shaded; none where the terminal has too few colours for it. */
export function tintsOf({ depth, theme }: Pick<Look, 'depth' | 'theme'>): ThemeName | undefined {
  return depth === 'truecolor' || depth === '256' ? theme : undefined;
}

/** Pairs that the theme key goes through: all colour maps of a theme before the other theme. */
const looks: readonly Pick<Look, 'theme' | 'colourMap'>[] = (['dark', 'light'] as const).flatMap((theme) =>
  unsignedMaps.map((colourMap) => ({ theme, colourMap })),
);

/** The look after `look`. */
export function nextLook(look: Look): Look {
  const at = looks.findIndex(({ theme, colourMap }) => theme === look.theme && colourMap === look.colourMap);
  return { ...look, ...looks[(at + 1) % looks.length]! };
}

/** What the theme key has led to; a theme for another background than this one says so. */
export function describeLook({ theme, colourMap, background }: Look): string {
  if (theme === background) return `colour map ${colourMap}, ${theme} theme`;
  return `${theme} theme, for terminals with a ${theme} background, colour map ${colourMap}; t goes on`;
}
