/**
 * Resident size of a training process along its steps; status 1 where it grew by more than a twentieth since step 1000.
 *
 *     npm run bench:memory                     yang-tiny, 100 000 steps
 *     npm run bench:memory -- PRESET STEPS
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { residentSizes } from '../cli/resident.ts';

/** Growth that passes. */
const most = 0.05;

const [preset = 'yang-tiny', last = '100000'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'incline-memory-'));
const sizes = await residentSizes(folder, preset, Number(last));
rmSync(folder, { recursive: true });
const base = sizes.find(({ step }) => step >= 1000);
if (!base) throw new Error(`no evaluation came from ${preset}: is it a preset, and are there 1000 steps or more?`);
for (const { step, resident, live } of sizes) {
  const against = ((resident / base.resident - 1) * 100).toFixed(1);
  console.log(`step ${String(step).padStart(8)}  ${megabytes(resident)} MB  ${against} %, ${megabytes(live)} MB live`);
}
if (sizes.at(-1)!.resident > (1 + most) * base.resident) process.exitCode = 1;

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1).padStart(7);
}
