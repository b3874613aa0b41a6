import { createHash } from 'node:crypto';
import type { HostTensor } from '../core/tensor.ts';
import type { Snapshot } from './format.ts';

/**
 * SHA-256 of what was trained and what a run goes on from: names, shapes and bytes of parameters, optimizer state, fixed
 * parts of the task and masks, in the order of their names. Runs that computed the same have the same; dates and names of
 * runs are not in it.
 */
export function stateHash({ params, optimizer, task, mask }: Snapshot): string {
  const hash = createHash('sha256');
  const masks: Readonly<Record<string, HostTensor>> = mask ? { heads: mask.heads, neurons: mask.neurons } : {};
  for (const [section, tensors] of Object.entries({ params, optimizer, task, mask: masks })) {
    for (const [name, { shape, data }] of Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(JSON.stringify([section, name, shape, data.constructor.name]));
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  return hash.digest('hex');
}
