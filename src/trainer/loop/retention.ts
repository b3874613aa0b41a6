/** A snapshot and a reason for which it was saved; one file may have several. */
export interface SavedSnapshot {
  readonly file: string;
  readonly why: string;
}

/** How many of the newest snapshots stay for each reason; for reasons not named, all do: by key, end, before trouble. */
export type RetentionPolicy = Readonly<Record<string, number>>;

/** Of the automatic snapshots the last `keep`, the newest best one, and those of the last few jumps of the loss. */
export function policyOf(keep: number): RetentionPolicy {
  return { automatic: keep, best: 1, jump: 5 };
}

/** The files, oldest first, that no reason keeps. */
export function givenUp(saved: readonly SavedSnapshot[], policy: RetentionPolicy): string[] {
  const kept = new Set<string>();
  const count = new Map<string, Set<string>>();
  for (const { file, why } of saved.toReversed()) {
    const files = count.get(why) ?? new Set();
    count.set(why, files);
    if (files.size >= (policy[why] ?? Number.POSITIVE_INFINITY) && !files.has(file)) continue;
    files.add(file);
    kept.add(file);
  }
  return [...new Set(saved.map(({ file }) => file))].filter((file) => !kept.has(file));
}
