import { attention } from './attention.ts';
import { curves } from './curves.ts';
import type { Journey } from './driver.tsx';
import { leaving } from './leaving.ts';
import { panels } from './panels.ts';
import { pruning } from './pruning.ts';
import { replay } from './replay.ts';
import { snapshots } from './snapshots.ts';
import { steering } from './steering.ts';
import { typing } from './typing.ts';

/** For each entry of the key table a journey, by behaviour. */
export const behaviours: Readonly<Record<string, Readonly<Record<string, Journey>>>> = {
  steering,
  pruning,
  snapshots,
  replay,
  panels,
  attention,
  curves,
  typing,
  leaving,
};
