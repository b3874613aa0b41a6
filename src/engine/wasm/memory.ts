import { numberBytes, vectorBytes } from './code.ts';
import type { Step } from './steps.ts';
import type { Storage } from './views.ts';

/** Where each storage lies, in bytes, and how much memory they take together. */
export interface Layout {
  readonly addresses: ReadonlyMap<Storage, number>;
  readonly bytes: number;
}

interface Lifetime {
  first: number;
  last: number;
}

/**
 * Gives every storage a place; those of results and inputs share memory where they are not needed at the same time.
 * @param kept those that are needed when all steps are done
 */
export function layOut(steps: readonly Step[], storages: Iterable<Storage>, kept: ReadonlySet<Storage>): Layout {
  const addresses = new Map<Storage, number>();
  // Address 0 is left out, and a vector may reach past the end of any storage.
  let bytes = vectorBytes;
  const passing: Storage[] = [];
  for (const storage of storages) {
    if (storage.kind !== 'constant') passing.push(storage);
    else {
      addresses.set(storage, bytes);
      bytes += paddedBytes(storage);
    }
  }
  const lifetimes = lifetimesOf(steps, passing, kept);
  const bottom = bytes;
  const placed: Storage[] = [];
  for (const storage of passing.toSorted((a, b) => lifetimes.get(a)!.first - lifetimes.get(b)!.first)) {
    const { first } = lifetimes.get(storage)!;
    const alive = placed.filter((other) => lifetimes.get(other)!.last >= first);
    const address = lowestGap(alive, addresses, paddedBytes(storage), bottom);
    addresses.set(storage, address);
    placed.splice(0, placed.length, ...alive, storage);
    bytes = Math.max(bytes, address + paddedBytes(storage));
  }
  return { addresses, bytes: bytes + vectorBytes };
}

const paddedBytes = ({ size }: Storage): number => (Math.ceil((size * numberBytes) / vectorBytes) + 1) * vectorBytes;

function lifetimesOf(
  steps: readonly Step[],
  storages: readonly Storage[],
  kept: ReadonlySet<Storage>,
): Map<Storage, Lifetime> {
  const lifetimes = new Map<Storage, Lifetime>();
  for (const storage of storages) {
    const first = storage.kind === 'input' ? -1 : steps.length;
    lifetimes.set(storage, { first, last: kept.has(storage) ? steps.length : -1 });
  }
  for (const [i, { places }] of steps.entries()) {
    for (const { storage } of places) {
      const lifetime = lifetimes.get(storage);
      if (!lifetime) continue;
      lifetime.first = Math.min(lifetime.first, i);
      lifetime.last = Math.max(lifetime.last, i);
    }
  }
  return lifetimes;
}

/** The lowest address from `bottom` with so many bytes between those that are in use. */
function lowestGap(
  alive: readonly Storage[],
  addresses: ReadonlyMap<Storage, number>,
  bytes: number,
  bottom: number,
): number {
  let address = bottom;
  for (const storage of alive.toSorted((a, b) => addresses.get(a)! - addresses.get(b)!)) {
    const start = addresses.get(storage)!;
    if (start - address >= bytes) break;
    address = Math.max(address, start + paddedBytes(storage));
  }
  return address;
}
