import { useInput } from 'ink';
import { useState } from 'react';
import { keyNames } from './key_names.ts';
import { type MouseReport, MouseReports } from './mouse_reports.ts';

export interface KeyboardProps {
  readonly onKey: (key: string) => void;
  /** Without it, nothing is taken for a report of the mouse. */
  readonly onMouse?: ((report: MouseReport) => void) | undefined;
}

/**
 * The React side of the screen: keyboard and mouse. Frames pass React and Ink by: Ink splits all rows into graphemes and
 * styles again for every frame, 40 to 50 ms at 120 × 40, and its incremental rendering moves a frame that is not of full
 * height down a row each time (Ink 6.8).
 */
export function Keyboard({ onKey, onMouse }: KeyboardProps): null {
  const [reports] = useState(() => new MouseReports());
  useInput((input, key) => {
    const { report, rest } = onMouse ? reports.read(input) : { report: undefined, rest: input };
    if (report) onMouse?.(report);
    for (const name of keyNames(rest, key)) onKey(name);
  });
  return null;
}
