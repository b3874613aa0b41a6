import type { ModelFacts } from '../../protocol/events.ts';
import { type Intervention, requireKnown } from '../../protocol/interventions.ts';
import { onEveryHead } from '../../protocol/mask_edits.ts';
import type { MaskValues } from '../../protocol/mask_values.ts';
import type { Graft } from './interventions.ts';

/** What is done to parts to tell what they are worth, ready to be done. */
export interface Wanted {
  readonly asked: Intervention;
  /** With a snapshot called by what it holds. */
  readonly intervention: Intervention;
  /** What it takes from there. */
  readonly grafts: MaskValues['grafts'];
}

/** @throws UserError when the model does not have it, or the snapshot that it grafts from is not there or of another shape */
export async function wantedOf(asked: Intervention, facts: ModelFacts, graft: Graft | undefined): Promise<Wanted> {
  requireKnown(asked.kind, facts.interventions, 'the model', 'watch');
  if (asked.source === undefined || !graft) return { asked, intervention: asked, grafts: undefined };
  const { edits, grafts } = await graft(onEveryHead(facts, asked), {});
  return { asked, intervention: edits[0]!.intervention!, grafts };
}
