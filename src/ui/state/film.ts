import type { ProbeFrame } from '../../protocol/messages.ts';

/** Pictures kept, and bytes that all of them may take together. */
const [longest, largest] = [8, 1 << 25];

/**
 * Pictures of the attention over the run and one more, evenly apart on a log scale of the steps, the newest last. Going back in time takes the
 * later ones away.
 */
export function filmWith(film: readonly ProbeFrame[], { step, tensors }: ProbeFrame): readonly ProbeFrame[] {
  const { attention } = tensors;
  if (!attention || longest * attention.data.byteLength > largest) return film;
  const earlier = film.filter((frame) => frame.step < step);
  const grown = [...earlier, { step, tensors: { attention } }];
  if (grown.length <= longest) return grown;
  const apart = (at: number): number => Math.log((grown[at + 1]!.step + 1) / (grown[at - 1]!.step + 1));
  const inner = grown.slice(1, -1).map((_, at) => at + 1);
  return grown.toSpliced(
    inner.reduce((a, b) => (apart(b) < apart(a) ? b : a)),
    1,
  );
}
