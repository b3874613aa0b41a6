/** How many sets of `size` there are among `count`. */
export function supportCount(count: number, size: number): number {
  let sets = 1;
  for (let i = 0; i < size; i++) sets = (sets * (count - i)) / (i + 1);
  return Math.round(sets);
}

/** All sets of `size` of the numbers from 0 to below `count`, each ascending. */
export function supportsOf(count: number, size: number): number[][] {
  if (size === 0) return [[]];
  const smaller = supportsOf(count, size - 1);
  return smaller.flatMap((set) => {
    const first = (set.at(-1) ?? -1) + 1;
    return Array.from({ length: count - first }, (_, i) => [...set, first + i]);
  });
}
