import { useInput } from 'ink';
import { useLayoutEffect } from 'react';
import { keyNames } from '../keys/key_names.ts';

export interface ScreenProps {
  /** The frame: rows of finished text, from the top. */
  readonly rows: readonly string[];
  readonly paint: (rows: readonly string[]) => void;
  readonly onKey: (key: string) => void;
}

/**
 * The React side of the screen: the keyboard, and a canvas that paints itself when its frame changes.
 * Painting passes Ink by: it splits all rows into graphemes and styles again for every frame, 40 to 50 ms at 120 × 40, and
 * its incremental rendering moves a frame that is not of full height down a row each time (Ink 6.8).
 */
export function Screen({ rows, paint, onKey }: ScreenProps): null {
  useInput((input, key) => {
    for (const name of keyNames(input, key)) onKey(name);
  });
  useLayoutEffect(() => paint(rows), [rows, paint]);
  return null;
}
