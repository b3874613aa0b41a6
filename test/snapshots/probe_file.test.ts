import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import type { ProbeFrame } from '../../src/protocol/messages.ts';
import { encodeProbeRecord, indexProbeFile, probeMagic, readProbeFrame } from '../../src/snapshots/probe_file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incline-'));
  path = join(folder, 'probe.bin');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const target = { shape: [2], data: Float32Array.of(3, 4) };

function frame(step: number): ProbeFrame {
  return { step, tensors: { attention: { shape: [1, 2], data: Float32Array.of(step, 0.25) }, target } };
}

function write(steps: readonly number[]): void {
  const records = steps.map((step, i) => encodeProbeRecord(frame(step), i > 0 ? frame(steps[0]!).tensors : undefined));
  writeFileSync(path, Buffer.concat([probeMagic, ...records]));
}

test('pictures come back, with what only the first one holds', async () => {
  write([0, 10, 2000]);
  const index = await indexProbeFile(path);
  expect(index.records.map(({ step }) => step)).toEqual([0, 10, 2000]);
  for (const [position, step] of [0, 10, 2000].entries()) {
    expect(await readProbeFrame(index, position)).toEqual(frame(step));
  }
  const [first, second] = index.records;
  expect(second!.end - second!.begin).toBeLessThan(first!.end - first!.begin);
});

test('a last record that is cut off is left out', async () => {
  write([0, 10]);
  const whole = readFileSync(path).length;
  for (const cut of [1, 5, 20]) {
    truncateSync(path, whole - cut);
    expect((await indexProbeFile(path)).records.map(({ step }) => step)).toEqual([0]);
  }
});

test('damage anywhere is a line for the user, or a picture that cannot be shown, never a crash', async () => {
  write([0, 3, 10, 40]);
  const whole = readFileSync(path);
  let refused = 0;
  for (let bit = 0; bit < 8 * whole.length; bit += 3) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    writeFileSync(path, bytes);
    try {
      const index = await indexProbeFile(path);
      for (let position = 0; position < index.records.length; position++) await readProbeFrame(index, position);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      expect(error.message).not.toContain('\n');
      refused++;
    }
  }
  // What is not refused is a length that made the rest of the file a record that is cut off.
  expect(refused).toBeGreaterThan((8 * whole.length) / 3 - 60);
});
