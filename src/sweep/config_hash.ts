import { createHash } from 'node:crypto';
import { leaves } from '../core/record.ts';
import type { RunConfig } from '../protocol/config.ts';
import { textOf } from './cells.ts';
import { freeSettings } from './extend.ts';

/** Of everything that decides what a cell computes. */
export function configHash(config: RunConfig): string {
  const telling = leaves(config).filter(([path]) => path === 'seed' || !freeSettings.includes(path));
  return createHash('sha256')
    .update(textOf(Object.fromEntries(telling)))
    .digest('hex');
}
