import { contextPanel } from './context.ts';
import type { Panel } from './contract.ts';
import { curvesPanel } from './curves.ts';
import { headPanel } from './head.ts';
import { headsPanel } from './heads.ts';
import { informationPanel } from './information.ts';
import { mechanismPanel } from './mechanism.ts';
import { mixingPanel } from './mixing.ts';
import { neuronsPanel } from './neurons.ts';
import { promptPanel } from './prompt.ts';
import { pruningPanel } from './pruning.ts';
import { weightsPanel } from './weights.ts';

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
