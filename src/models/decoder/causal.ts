import type { Recorder, SymbolicTensor } from '../../graph/symbolic.ts';
import type { Axis } from '../../graph/types.ts';
import type { Sequence } from '../../tasks/contract.ts';
import { type GivenPatterns, givenPatterns } from '../interventions/given.ts';
import { maskedScore } from '../transformer/mixing.ts';

/**
 * What the queries at these positions may attend to, for scores [batch * head, query, key]: to present tokens up to
 * themselves. A place that is left empty finds none; what it computes goes nowhere.
 */
export function attendable(
  recorder: Recorder,
  queries: readonly number[],
  token: Axis,
  heads: number,
  present: SymbolicTensor | undefined,
): SymbolicTensor {
  const query = { name: 'query', size: queries.length };
  const key = { name: 'key', size: token.size };
  const later = queries.flatMap((t) => Array.from({ length: token.size }, (_, k) => (k <= t ? 0 : maskedScore)));
  const causal = recorder.constant([query, key], later);
  if (!present) return causal;
  const [batch] = present.shape;
  const one = (name: string) => ({ name, size: 1 });
  return present
    .mul(-maskedScore)
    .add(maskedScore)
    .reshape([batch!, one('head'), one('query'), key])
    .expand([batch!, { name: 'head', size: heads }, one('query'), key])
    .reshape([{ name: 'prompt*head', size: batch!.size * heads }, one('query'), key])
    .add(causal);
}

/** The patterns that heads can be given, for the queries at these positions. */
export function given(
  recorder: Recorder,
  queries: readonly number[],
  { match }: Sequence,
  prompts: Readonly<Record<string, SymbolicTensor>>,
): GivenPatterns {
  const [batch, token] = prompts['tokens']!.shape as [Axis, Axis];
  const query = { name: 'query', size: queries.length };
  const key = { name: 'key', size: token.size };
  const one = { name: 'head', size: 1 };
  const entry = (of: (t: number, k: number) => number) =>
    recorder.constant(
      [query, key],
      queries.flatMap((t) => Array.from({ length: key.size }, (_, k) => of(t, k))),
    );
  const causal = entry((t, k) => (k <= t ? 0 : maskedScore));
  const there = prompts['present']
    ?.sub(1)
    .mul(-maskedScore)
    .reshape([batch, one, { name: 'query', size: 1 }, key]);
  // Where there is no token before, a query attends to itself.
  const previous = entry((t, k) => (k === t - 1 ? 1 : k === t ? 0.5 : 0));
  const matching = match && entry((t, k) => Number(k === t)).matmul(match(prompts));
  return givenPatterns(there ? there.add(causal) : causal, {
    previous,
    match: matching?.reshape([batch, one, query, key]),
  });
}

/** Of rows [batch * token, model], those of the tokens at `positions`, [batch * position, model]. */
export function pick(rows: SymbolicTensor, batch: Axis, token: Axis, positions: readonly number[]): SymbolicTensor {
  if (positions.length === token.size) return rows;
  const model = rows.shape[1]!;
  const picked = { name: 'position', size: positions.length };
  const choice = positions.flatMap((t) => Array.from({ length: token.size }, (_, k) => Number(k === t)));
  return rows.recorder
    .constant([picked, token], choice)
    .matmul(rows.reshape([batch, token, model]))
    .reshape([{ name: 'prompt*position', size: batch.size * picked.size }, model]);
}
