import { statSync } from 'node:fs';
import { join } from 'node:path';
import { sweepFile } from '../store/sweep_folder.ts';
import { valueText } from './cells.ts';
import { readSweep } from './record.ts';

/** A sweep as lists show it. */
interface SweepSummary {
  readonly name: string;
  readonly title: string;
  /** When it was started, in milliseconds since 1970. */
  readonly started: number;
  /** Total steps of every run. */
  readonly steps: number;
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** What varies, and over what. */
  readonly facts: readonly { readonly label: string; readonly value: string }[];
}

const known = new Map<string, { readonly written: string; readonly summary: SweepSummary }>();

/** Read again only when its record was written. @throws UserError when the folder holds no sweep that can be read */
export function sweepSummary(folder: string): SweepSummary {
  const { mtimeMs, size } = statSync(join(folder, sweepFile), { throwIfNoEntry: false }) ?? {};
  const written = `${mtimeMs} ${size}`;
  const before = known.get(folder);
  if (before?.written === written) return before.summary;
  const { name, preset, created, steps, cells, grid, zip, seeds } = readSweep(folder);
  const countOf = (state: string): number => cells.filter((cell) => cell.state === state).length;
  const varied = Object.entries({ ...grid, ...zip });
  const summary: SweepSummary = {
    name,
    title: `${cells.length} runs of ${preset}`,
    started: Date.parse(created),
    steps,
    done: countOf('done'),
    failed: countOf('failed'),
    total: cells.length,
    facts: [
      ...varied.map(([path, values]) => ({ label: path.split('.').at(-1)!, value: values.map(valueText).join(', ') })),
      { label: 'seeds', value: seeds.join(', ') },
    ],
  };
  known.set(folder, { written, summary });
  return summary;
}
