/**
 * Resident size of a training process along its steps: it should not grow.
 *
 *     npm run bench:memory                     yang-tiny, 100 000 steps
 *     npm run bench:memory -- PRESET STEPS
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { residentSizes } from '../cli/resident.ts';

const [preset = 'yang-tiny', last = '100000'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'incline-memory-'));
const sizes = await residentSizes(folder, preset, Number(last));
rmSync(folder, { recursive: true });
const base = sizes.find(({ step }) => step >= 1000)!;
for (const { step, bytes } of sizes) {
  const against = ((bytes / base.bytes - 1) * 100).toFixed(1);
  console.log(`step ${String(step).padStart(8)}  ${(bytes / 1e6).toFixed(1).padStart(7)} MB  ${against} %`);
}
