import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { wantedSweep } from '../../src/cli/sweep/design.ts';
import { checkSweep, newSweep } from '../../src/cli/sweep/prepare.ts';
import { knownRuns } from '../../src/reproduce/known.ts';
import { runsFolder } from '../../src/reproduce/report/results.ts';
import { keepPreset } from '../../src/sweep/kept_preset.ts';
import { writeSweep } from '../../src/sweep/record.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'incline-known-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const flags = { source: 'yang-tiny', grid: ['model.heads=2,4'], zip: [], set: [], seeds: '2', jobs: 1, threads: 1 };
const asked = async () =>
  (await checkSweep(wantedSweep(flags as unknown as Parameters<typeof wantedSweep>[0]), {} as never)).asked;

it('knows a run that was trained before the program got another setting, and none whose preset it cannot tell', async () => {
  const now = await asked();
  const folder = join(runsFolder(root), 'runs');
  mkdirSync(folder, { recursive: true });
  // As an earlier version hashed the same runs, of fewer settings.
  const cells = newSweep(now).cells.map((cell, i) => ({ ...cell, state: 'done' as const, config_sha256: `old-${i}` }));
  const sweep = { ...newSweep(now), cells };
  await writeSweep(folder, sweep);
  expect([...knownRuns(root).keys()]).toEqual(cells.map((_, i) => `old-${i}@${sweep.steps}`));
  const { seed: _, ...raw } = now.raw as Record<string, unknown>;
  await keepPreset(folder, sweep, raw);
  expect([...knownRuns(root).keys()]).toEqual(now.cells.map((cell) => `${cell.config_sha256}@${sweep.steps}`));
  await keepPreset(folder, { ...sweep, cells: [] }, { ...raw, of_another_version: 1 });
  expect([...knownRuns(root).keys()]).toEqual(cells.map((_, i) => `old-${i}@${sweep.steps}`));
});
