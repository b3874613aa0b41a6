import type { ChangeReason, RunEvent } from './events.ts';
import type { MaskScope } from './mask_edits.ts';

/** What a client may ask of a trainer. Each is answered by exactly one `reply` with the same `id`. */
export type Request =
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Do `count` updates, then pause. */
  | { readonly type: 'step'; readonly count: number }
  | { readonly type: 'run_to'; readonly step: number }
  /** Change a control; the new value is typed and ranged by the trainer. */
  | { readonly type: 'set'; readonly path: string; readonly value: unknown; readonly why?: ChangeReason }
  /** Prune and restore parts, one edit after the other, and say who sees all that is pruned; see `parseMask`. */
  | { readonly type: 'mask'; readonly scope: MaskScope; readonly edits: readonly string[]; readonly why?: ChangeReason }
  | { readonly type: 'snapshot'; readonly why: string }
  /** Mark a snapshot, which then stays for good, or take the mark away. */
  | { readonly type: 'mark'; readonly file: string; readonly marked: boolean }
  /** Remove a snapshot for good. */
  | { readonly type: 'remove'; readonly file: string }
  /** Finish the step, save, exit. */
  | { readonly type: 'stop' }
  /**
   * How often to send pictures: frames a second, 0 for none; whether to measure what each part is worth, and by what is done to
   * it, as `parseIntervention` reads it, which is removing it unless said; and whether pictures are to bring the gradients of the loss with respect to the masks, and what is read
   * out of weights.
   */
  | {
      readonly type: 'watch';
      readonly rate: number;
      readonly ablation?: boolean;
      readonly kind?: string;
      readonly gradients?: boolean;
      readonly weights?: boolean;
    };

export type ClientMessage = Request & { readonly id: number };

/** Moment-to-moment facts that no journal needs; newest wins. */
export interface LiveStatus {
  readonly step: number;
  readonly state: 'starting' | 'running' | 'paused' | 'finished' | 'failed';
  readonly stepsPerSecond: number;
  /** Step at which the run pauses or ends by itself; with a time budget, about the one at which that is spent. */
  readonly until: number;
  readonly pace: number;
}

/** What a trainer sends. `probe` carries its tensors as the frame's payload, one after the other, float32. */
export type ServerMessage =
  | { readonly type: 'events'; readonly events: readonly RunEvent[] }
  | { readonly type: 'status'; readonly status: LiveStatus }
  | {
      readonly type: 'reply';
      readonly id: number;
      readonly ok: boolean;
      readonly step: number;
      readonly error?: string;
    }
  | {
      readonly type: 'probe';
      readonly step: number;
      readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
    };

/** Pictures of a model's activations at one step; `attention` is [P, L, H, Tq, Tk]. */
export interface ProbeFrame {
  readonly step: number;
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;
}
