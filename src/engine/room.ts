import { UserError } from '../core/errors.ts';
import { significant } from '../core/format.ts';
import { addressLimit } from '../core/memory_limit.ts';
import { sizeOf } from '../core/tensor.ts';
import { describe } from '../graph/shape.ts';
import { type Graph, lengths } from '../graph/types.ts';
import type { EngineName } from './contract.ts';

/** That memory gave out, and for what, in words for a person. */
export function withoutRoom(name: EngineName, { nodes }: Graph, cause: Error): UserError {
  const sizes = nodes.map(({ shape }) => 4 * sizeOf(lengths(shape)));
  const largest = sizes.indexOf(sizes.reduce((most, size) => Math.max(most, size), 0));
  const { op, shape } = nodes[largest]!;
  const gibibytes = significant(sizes[largest]! / 2 ** 30);
  const what = `${name} has no room for this computation, whose largest tensor takes ${gibibytes} GiB (${op} ${describe(shape)})`;
  // Of a device's own memory it says nothing.
  const limit = name === 'cpu' || name === 'wasm' ? addressLimit() : undefined;
  const raise = limit ? `${limit}: raise it, or ` : '';
  const fix = `${raise}lower train.batch, evaluate.prompts or the sizes of task and model`;
  return Object.assign(new UserError({ what, fix }), { cause });
}
