import type { Panel } from './contract.ts';
import { curvesPanel } from './curves.ts';
import { headPanel } from './head.ts';
import { headsPanel } from './heads.ts';
import { informationPanel } from './information.ts';

/** Every panel, in the order of the focus and, where they stand above one another, of the screen. */
export const panels: readonly Panel[] = [curvesPanel, headsPanel, headPanel, informationPanel];
