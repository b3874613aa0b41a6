type Scalars = Readonly<Record<string, ArrayLike<number>>>;

/** Position of the first update with a scalar that is not finite; `count` when all are. */
export function firstNonFinite(scalars: Scalars, count: number): number {
  let first = count;
  for (const values of Object.values(scalars)) {
    for (let i = 0; i < first; i++) if (!Number.isFinite(values[i]!)) first = i;
  }
  return first;
}

/** The scalars of the first `count` updates. */
export function firstUpdates(scalars: Scalars, count: number): Scalars {
  return Object.fromEntries(
    Object.entries(scalars).map(([name, values]) => [name, Array.from(values).slice(0, count)]),
  );
}
