import { UserError } from '../../core/errors.ts';
import { lengths } from '../../graph/types.ts';
import { openMasks } from '../../protocol/mask_values.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import type { Experiment } from '../contract/session.ts';

/** @throws UserError when the parameters or masks of a snapshot are not those of the model */
export function requireFit({ params, mask }: Snapshot, { model }: Experiment, where: string): void {
  const open = openMasks(model.facts);
  const pairs: [string, readonly number[] | undefined, readonly number[]][] = [
    ...model.parameters.map(({ name, shape }): (typeof pairs)[number] => [
      `params/${name}`,
      params[name]?.shape,
      lengths(shape),
    ]),
    ['mask/heads', (mask ?? open).heads.shape, open.heads.shape],
    ['mask/neurons', (mask ?? open).neurons.shape, open.neurons.shape],
  ];
  for (const [name, found, expected] of pairs) {
    if (found?.join() === expected.join()) continue;
    throw new UserError({
      where,
      what: `${name} ${found ? `has shape [${found.join(', ')}]` : 'is missing'}`,
      expected: `shape [${expected.join(', ')}] for this configuration`,
      fix: 'a snapshot keeps its shapes; start a new run to change them',
    });
  }
}
