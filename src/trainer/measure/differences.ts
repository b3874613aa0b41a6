import type { HostTensor } from '../../core/tensor.ts';
import type { Snapshot } from '../../snapshots/format.ts';

type Tensors = Readonly<Record<string, HostTensor>>;

/** What a snapshot holds of a run, without its curves. */
export type RunState = Pick<Snapshot, 'step' | 'rng' | 'params' | 'optimizer' | 'task' | 'mask' | 'probe'>;

/** A tensor that came out otherwise. */
export interface Difference {
  /** Its name in the snapshot. */
  readonly name: string;
  /** Numbers that differ, of so many; all where the shape is another. */
  readonly count: number;
  readonly of: number;
  /** The largest difference, as a share of the largest number. */
  readonly largest: number;
}

/** Tensors of a snapshot that are not those of a state, byte by byte. */
export function differences(snapshot: RunState, state: RunState): Difference[] {
  const [saved, again] = [tensorsOf(snapshot), tensorsOf(state)];
  // Later versions picture more.
  const isNew = (name: string) => name.startsWith('probe/') && !saved.has(name);
  const names = [...new Set([...saved.keys(), ...again.keys()])].filter((name) => !isNew(name));
  const found = names.flatMap((name) => differenceIn(name, saved.get(name), again.get(name)) ?? []);
  const isSame = JSON.stringify(snapshot.rng) === JSON.stringify(state.rng);
  return isSame ? found : [...found, { name: 'rng', count: 1, of: 1, largest: 1 }];
}

function tensorsOf({ params, optimizer, task, mask, probe }: RunState): Map<string, HostTensor> {
  const sections: Record<string, Tensors> = {
    params,
    optimizer,
    task,
    mask: { ...(mask && { heads: mask.heads, neurons: mask.neurons }) },
    graft: mask?.grafts ?? {},
    probe,
  };
  return new Map(
    Object.entries(sections).flatMap(([section, tensors]) =>
      Object.entries(tensors).map(([name, tensor]) => [`${section}/${name}`, tensor] as const),
    ),
  );
}

function differenceIn(name: string, a: HostTensor | undefined, b: HostTensor | undefined): Difference | undefined {
  const of = Math.max(a?.data.length ?? 0, b?.data.length ?? 0);
  if (!a || !b || a.shape.join() !== b.shape.join()) return { name, count: of, of, largest: Number.POSITIVE_INFINITY };
  let [count, largest, scale] = [0, 0, 0];
  for (let i = 0; i < of; i++) {
    const [x, y] = [a.data[i]!, b.data[i]!];
    scale = Math.max(scale, Math.abs(x), Math.abs(y));
    if (Object.is(x, y)) continue;
    count++;
    largest = Math.max(largest, Math.abs(x - y));
  }
  return count > 0 ? { name, count, of, largest: largest / scale } : undefined;
}
