/** An entry of a list of runs with how many of its ancestors stand above it. */
export interface Placed<T> {
  readonly entry: T;
  readonly depth: number;
}

/**
 * Runs as a forest, each followed by those that were forked or resumed from it. A family stands where its first member
 * stands in the list; runs that name each other as parents belong nowhere, and are shown all the same.
 */
export function asForest<T>(
  runs: readonly T[],
  idOf: (run: T) => string,
  parentOf: (run: T) => string | undefined,
): Placed<T>[] {
  const known = new Map(runs.map((run) => [idOf(run), run]));
  const children = new Map<T, T[]>();
  for (const run of runs) {
    const parent = known.get(parentOf(run) ?? '');
    if (parent) children.set(parent, [...(children.get(parent) ?? []), run]);
  }
  const placed = new Set<T>();
  const below = (run: T, depth: number): Placed<T>[] => {
    if (placed.has(run)) return [];
    placed.add(run);
    return [{ entry: run, depth }, ...(children.get(run) ?? []).flatMap((child) => below(child, depth + 1))];
  };
  return runs.flatMap((run) => below(rootOf(run), 0));

  function rootOf(run: T): T {
    const seen = new Set<T>();
    let root = run;
    for (let next: T | undefined = root; next && !seen.has(next); next = known.get(parentOf(next) ?? '')) {
      seen.add(next);
      root = next;
    }
    return root;
  }
}
