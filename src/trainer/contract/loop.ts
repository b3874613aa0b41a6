import type { HostTensor } from '../../core/tensor.ts';
import type { EventBody, Summary } from '../../protocol/events.ts';
import type { Intervention } from '../../protocol/interventions.ts';
import type { LiveStatus } from '../../protocol/messages.ts';

/** What the loop is plugged into: a journal, a socket, a renderer, or a test. */
export interface LoopPort {
  emit(body: EventBody): void;
  /** Makes what was emitted visible to clients, then durable. @throws when the disk refuses; nothing is lost. */
  flush(): Promise<void>;
  status(status: LiveStatus): void;
  /** Pictures a second that clients want at most; 0 for none. */
  watchRate(): number;
  /** What is to be done to parts to tell a client what each is worth; undefined where none shows it. */
  wantsAblation(): Intervention | undefined;
  /** Whether a client ranks parts by the gradient of the loss. */
  wantsGradients(): boolean;
  /** Whether a client shows what is read out of weights. */
  wantsWeights(): boolean;
  probe(step: number, tensors: Readonly<Record<string, HostTensor>>): void;
  /** Keeps a picture for replay, when one is due. */
  keepPicture(step: number): Promise<void>;
  /**
   * Writes a snapshot and returns its file name.
   * @param same file that holds this very state already, and may be written over
   * @throws when the disk refuses
   */
  save(why: string, same?: string): Promise<string>;
  /** Removes a snapshot that is given up, or that a person does not want. */
  remove(file: string): Promise<void>;
  /** Bytes of a snapshot's file; undefined when it is gone. */
  sizeOf(file: string): Promise<number | undefined>;
}

export type Ending = 'completed' | 'stopped' | 'budget' | 'diverged';

export interface LoopResult {
  readonly ending: Ending;
  readonly summary: Summary;
}
