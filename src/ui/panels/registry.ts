import { contextPanel } from './context/panel.ts';
import type { Panel } from './contract.ts';
import { curvesPanel } from './curves/panel.ts';
import { headPanel } from './head/panel.ts';
import { headsPanel } from './heads/panel.ts';
import { informationPanel } from './information/panel.ts';
import { mechanismPanel } from './mechanism/panel.ts';
import { mixingPanel } from './mixing/panel.ts';
import { neuronsPanel } from './neurons/panel.ts';
import { promptPanel } from './prompt/panel.ts';
import { pruningPanel } from './pruning/panel.ts';
import { weightsPanel } from './weights/panel.ts';

/** Every panel, in the order of the focus, of the number keys and, where they stand above one another, of the screen: those of every run first. */
export const panels: readonly Panel[] = [
  curvesPanel,
  headsPanel,
  headPanel,
  promptPanel,
  informationPanel,
  pruningPanel,
  mixingPanel,
  weightsPanel,
  mechanismPanel,
  neuronsPanel,
  contextPanel,
];
