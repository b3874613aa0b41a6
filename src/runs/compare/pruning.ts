import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FileRefused, readJson } from '../../core/plain_files.ts';

/** What a run measures when more and more of it is pruned, as `prune --json` prints it. */
export interface PruningCurve {
  readonly file: string;
  readonly order: string;
  /** What the file says it is about. */
  readonly metric?: string;
  readonly points: readonly PruningPoint[];
}

interface PruningPoint {
  readonly fraction: number;
  readonly metrics: Readonly<Record<string, { readonly mean: number | null }>>;
}

const largest = 16 * 2 ** 20;

/**
 * The curves that lie in a run's folder as `prune*.json`; files that are something else are passed over.
 * @param onRefused told of what is not to be opened
 */
export function pruningCurves(folder: string, onRefused: (problem: string) => void): PruningCurve[] {
  const files = readdirSync(folder).filter((name) => /^prune.*\.json$/.test(name));
  return files.sort().flatMap((file) => {
    const path = join(folder, file);
    try {
      const { order, metric, points } = readJson(path, largest) as Record<string, unknown>;
      if (typeof order !== 'string' || !isPoints(points)) return [];
      return [{ file, order, points, ...(typeof metric === 'string' && { metric }) }];
    } catch (error) {
      if (error instanceof FileRefused) onRefused(error.message);
      return [];
    }
  });
}

function isPoints(value: unknown): value is PruningPoint[] {
  return Array.isArray(value) && value.length > 0 && value.every(isPoint);
}

function isPoint(value: unknown): value is PruningPoint {
  const { fraction, metrics } = (value ?? {}) as Partial<PruningPoint>;
  return (
    typeof fraction === 'number' &&
    fraction >= 0 &&
    fraction <= 1 &&
    typeof metrics === 'object' &&
    metrics !== null &&
    Object.values(metrics).every((one) => one?.mean === null || typeof one?.mean === 'number')
  );
}
