import type { RandomStream } from '../../src/core/random.ts';
import type { Stage } from './stage.ts';

/** Injects a fault once, at a moment and in a form that the stream chooses, and throws when the program does wrong. */
type Trial = (stream: RandomStream, number: number) => Promise<void>;

/** One kind of fault. What must hold after every trial of every kind is checked by the stage, not here. */
export interface Fault {
  /** What `--only` names it by. */
  readonly name: string;
  /** What is done to the program, in words. */
  readonly injected: string;
  /** What the program does about it, in words. */
  readonly expected: string;
  /** Why it cannot be injected on this machine; undefined where it can. */
  readonly obstacle?: () => string | undefined;
  /** Sets up what all trials of the kind share. */
  begin(stage: Stage): Promise<Trial>;
}
