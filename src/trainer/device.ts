import { UserError } from '../core/errors.ts';
import type { Engine } from '../engine/contract.ts';
import { loadEngine } from '../engine/registry.ts';
import type { RunConfig } from '../protocol/config.ts';

/**
 * The engine that a configuration asks for; `auto` is the CPU until others are measured against it.
 * @throws UserError with the exact reason when it cannot be used here
 */
export async function openEngine(
  device: RunConfig['device'],
): Promise<{ engine: Engine; version: string; adapter?: string }> {
  const engine = await loadEngine(device === 'auto' ? 'cpu' : device);
  const availability = await engine.availability();
  if (!availability.usable) {
    throw new UserError({
      where: 'device',
      what: `${engine.name} cannot be used: ${availability.reason}`,
      fix: 'try --device cpu',
    });
  }
  const { usable: _, ...facts } = availability;
  return { engine, ...facts };
}
