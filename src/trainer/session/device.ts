import { UserError } from '../../core/errors.ts';
import type { Availability, Engine } from '../../engine/contract.ts';
import { engineNames, loadEngine } from '../../engine/registry.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { EngineRecord } from '../../protocol/events.ts';

/** An engine that can be used here, and what it is. */
export interface OpenedEngine {
  readonly engine: Engine;
  readonly version: string;
  readonly adapter?: string;
}

/** Engines to train on, the processor first. */
const trainable = engineNames.filter((name) => name !== 'reference');

/** @throws UserError with the exact reason when the engine cannot be used here */
export async function openEngine(name: string): Promise<OpenedEngine> {
  const engine = await loadEngine(name);
  const availability = await engine.availability();
  if (!availability.usable) {
    const what = `${engine.name} cannot be used: ${availability.reason}`;
    throw new UserError({ where: 'device', what, fix: engine.name === 'cpu' ? undefined : 'try --device cpu' });
  }
  const { usable: _, ...facts } = availability;
  return { engine, ...facts };
}

/** Every engine to train on, or of these, and whether and why not it can be used here. */
export function surveyEngines(
  names: readonly string[] = trainable,
): Promise<{ engine: Engine; availability: Availability }[]> {
  return Promise.all(
    names.map(async (name) => {
      const engine = await loadEngine(name);
      return { engine, availability: await engine.availability() };
    }),
  );
}

/** Those that can be used here, the processor's first. */
export async function usableEngines(names?: readonly string[]): Promise<OpenedEngine[]> {
  return (await surveyEngines(names)).flatMap(({ engine, availability }) => {
    if (!availability.usable) return [];
    const { usable: _, ...facts } = availability;
    return [{ engine, ...facts }];
  });
}

/**
 * The engine that a configuration names or, under `auto`, the one that computed the snapshot that is gone on with;
 * undefined when that is open. `notice` says where it is not the snapshot's own, to the version.
 * @throws UserError when the configuration names an engine that cannot be used here
 */
export async function settledEngine(
  device: RunConfig['device'],
  previous: EngineRecord | undefined,
): Promise<{ opened?: OpenedEngine; notice?: string }> {
  if (device !== 'auto') return withNotice(await openEngine(device), previous);
  if (!previous) return {};
  try {
    return withNotice(await openEngine(previous.name), previous);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {
      notice: `${error.complaint.what}; the snapshot came from it, and other engines differ in the last digits`,
    };
  }
}

function withNotice(
  opened: OpenedEngine,
  previous: EngineRecord | undefined,
): { opened: OpenedEngine; notice?: string } {
  const { engine, version } = opened;
  if (!previous || (previous.name === engine.name && previous.version === version)) return { opened };
  const [before, now] = [`${previous.name} (${previous.version})`, `${engine.name} (${version})`];
  return { opened, notice: `the snapshot came from ${before}, this is ${now}: the last digits may differ` };
}
