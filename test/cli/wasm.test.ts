import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sandbox } from './program.ts';

const box = sandbox();
afterAll(() => box.remove());

test('train, go on and eval on wasm, with the same bytes', { timeout: 60_000 }, async () => {
  const folder = (name: string) => join(box.folder, 'snapshots', name);
  const sizes = ['model.heads=2', 'train.unroll=4', 'evaluate.every=20', 'snapshot.every=20', 'train.schedule=cosine'];
  const settings = ['--steps', '40', ...sizes.flatMap((setting) => ['--set', setting])];
  const whole = await box.run('train', 'yang-tiny', '--device', 'wasm', '--name', 'whole', ...settings);
  expect({ code: whole.code, err: whole.err }).toEqual({ code: 0, err: '' });
  const half = join(folder('whole'), 'step-00000020.safetensors');
  // The device is not named again: the snapshot's own engine goes on.
  const rest = await box.run('train', '--resume', half, '--set', 'device=auto', '--name', 'rest');
  expect({ code: rest.code, err: rest.err }).toEqual({ code: 0, err: '' });
  const record = JSON.parse(readFileSync(join(folder('rest'), 'run.json'), 'utf8'));
  expect(record.engine).toMatchObject({ name: 'wasm', threads: 1 });
  const tensors = ['whole', 'rest'].map((name) => tensorBytes(join(folder(name), 'step-00000040.safetensors')));
  expect(tensors[1]!.equals(tensors[0]!)).toBe(true);
  const losses: number[] = [];
  for (const words of [[], ['--device', 'cpu']]) {
    const { out } = await box.run('eval', half, '--json', ...words);
    losses.push(JSON.parse(out).metrics.in_domain_inference_loss.mean);
  }
  expect(Math.abs(losses[0]! / losses[1]! - 1)).toBeLessThan(1e-5);
});

/**
 * SHA-256 of all numbers in the snapshot of `yang-quick` after 500 updates: parameters, moments, measures, pictures. The same
 * on every version of Node and every processor; it changes with the order of an operation, and then `emitterVersion` does.
 */
const numbersOfQuick = '41978ff2a4373e2f824e96053e82b6f3fd88421a289ef2ade3cdc0e80dba9d99';

test('the same bytes in every process and on every version of Node', { timeout: 60_000 }, async () => {
  for (const unroll of ['auto', '1']) {
    const name = `quick-${unroll}`;
    const settings = ['--steps', '500', '--set', 'evaluate.every=100', '--set', `train.unroll=${unroll}`];
    const { code, err } = await box.run('train', 'yang-quick', '--device', 'wasm', '--name', name, ...settings);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const bytes = tensorBytes(join(box.folder, 'snapshots', name, 'step-00000500.safetensors'));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(numbersOfQuick);
  }
});

test('the samples come out again to the byte, on every version of Node', { timeout: 120_000 }, async () => {
  const runs = ['yang-4-heads', 'yang-8-heads', 'yang-16-heads', 'li/step-00000400.safetensors', 'li-pruned'];
  const { code, out, err } = await box.run('snapshots', 'verify', '--rerun', ...runs);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^8 of 8 snapshots come out again to the byte$/m);
});

/** All that follows the header, whose length is its first eight bytes. */
function tensorBytes(file: string): Buffer {
  const bytes = readFileSync(file);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
}
