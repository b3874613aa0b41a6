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
for (const { step, bytes } of sizes) {
  const against = ((bytes / base.bytes - 1) * 100).toFixed(1);
  console.log(`step ${String(step).padStart(8)}  ${(bytes / 1e6).toFixed(1).padStart(7)} MB  ${against} %`);
}
if (sizes.at(-1)!.bytes > (1 + most) * base.bytes) process.exitCode = 1;
