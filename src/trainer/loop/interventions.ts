import { UserError } from '../../core/errors.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { changeControl } from '../../protocol/controls.ts';
import type { ChangeReason, ModelFacts } from '../../protocol/events.ts';
import { type MaskEdit, type MaskScope, parseMask } from '../../protocol/mask_edits.ts';
import type { MaskValues } from '../../protocol/mask_values.ts';
import type { LoopPort } from '../contract/loop.ts';
import type { Session } from '../contract/session.ts';
import { changeMask, type MaskState, maskApplied } from './mask_state.ts';

interface InterventionsOptions {
  readonly config: RunConfig;
  readonly facts: ModelFacts;
  readonly mask: MaskState;
  readonly session: Session;
  readonly port: Pick<LoopPort, 'emit'>;
  /** Edits with the weights that they graft; see `withGrafts`. Without it there are no grafts but those known. */
  readonly graft?: Graft | undefined;
}

/** @throws UserError when the snapshot that an edit names is not there, or of another shape */
export type Graft = (
  edits: readonly MaskEdit[],
  known: Grafts,
) => Promise<{ readonly edits: readonly MaskEdit[]; readonly grafts: Grafts }>;

type Grafts = NonNullable<MaskValues['grafts']>;

/** What people change while a run goes on: each change is journalled with the step from which it holds. */
export class Interventions {
  /** In force. */
  config: RunConfig;
  mask: MaskState;
  readonly #facts: ModelFacts;
  readonly #session: Session;
  readonly #port: Pick<LoopPort, 'emit'>;
  readonly #graft: Graft | undefined;

  constructor({ config, facts, mask, session, port, graft }: InterventionsOptions) {
    this.config = config;
    this.#facts = facts;
    this.mask = mask;
    this.#session = session;
    this.#port = port;
    this.#graft = graft;
  }

  /** @throws UserError when the setting cannot change or the value does not fit; then nothing changes */
  async set(path: string, value: unknown, why?: ChangeReason): Promise<void> {
    if (path === 'train.steps' && typeof value === 'number' && value <= this.#session.step) {
      throw new UserError({
        where: path,
        what: `${value} is not ahead of step ${this.#session.step}`,
        expected: 'more steps than are done',
        fix: 'to end the run, stop it',
      });
    }
    const { config, from, recompiles } = changeControl(this.config, path, value);
    const theory = recompiles ? await this.#session.reconfigure(config) : undefined;
    this.config = config;
    const { step } = this.#session;
    this.#port.emit({ type: 'control_changed', step, path, from, to: value, ...(why && { why }) });
    if (theory && path.startsWith('task.')) this.#port.emit({ type: 'theory', step, values: theory });
  }

  /** @throws UserError for parts or interventions that the model does not have; then nothing changes */
  async prune(scope: MaskScope, edits: readonly string[], why?: ChangeReason): Promise<void> {
    const before = this.mask.values;
    const asked = edits.flatMap((text) => parseMask(text, 'mask'));
    // Parts that there are not are refused before a file is read.
    const first = changeMask(this.mask, scope, asked, this.#facts);
    const made = await this.#graft?.(asked, before.grafts ?? {});
    const mask = made ? changeMask(withWeights(this.mask, made.grafts), scope, made.edits, this.#facts) : first;
    await this.#session.prune(mask.values, scope);
    this.mask = mask;
    this.#port.emit({ ...maskApplied(this.#session.step, before, mask), ...(why && { why }) });
  }
}

function withWeights(state: MaskState, grafts: Grafts): MaskState {
  return Object.keys(grafts).length === 0 ? state : { ...state, values: { ...state.values, grafts } };
}
