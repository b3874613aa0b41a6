import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { offerSoftwareVulkan, webgpuIsHere } from '../engine/vulkan.ts';
import { sandbox } from './program.ts';

offerSoftwareVulkan();
const box = sandbox();
afterAll(() => box.remove());

test('devices lists every engine with its speed or the reason why it cannot be used', async () => {
  const { code, out, err } = await box.run('devices', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { v, engines } = JSON.parse(out);
  expect(v).toBe(1);
  expect(engines.map(({ name }: { name: string }) => name)).toEqual(['cpu', 'wasm', 'webgpu', 'cuda', 'tensorflow']);
  for (const { usable, reason, version, gflops } of engines) {
    if (usable) expect([version, gflops > 0.001]).toEqual([expect.any(String), true]);
    else expect(reason.length).toBeGreaterThan(20);
  }
  const { gflops, gflops_by_threads: each } = engines[0];
  expect(each[0]).toEqual({ threads: 1, gflops: expect.any(Number) });
  expect(gflops).toBe(Math.max(...each.map((one: { gflops: number }) => one.gflops)));
});

test('an engine that cannot be used is refused with the reason, before anything is written', async () => {
  const { code, out, err } = await box.run('train', 'yang-tiny', '--device', 'tensorflow', '--name', 'none');
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(/^incline: device: tensorflow cannot be used: neither .* is installed; .*; try --device cpu\n$/);
});

const skipped = !(await webgpuIsHere('training'));

test.skipIf(skipped || process.platform !== 'linux')(
  'the adapter is chosen by a part of its driver’s name',
  async () => {
    const webgpu = async () => {
      const { code, out } = await box.run('devices', '--json');
      expect(code).toBe(0);
      return JSON.parse(out).engines.find(({ name }: { name: string }) => name === 'webgpu');
    };
    await box.run('config', 'set', 'adapter', 'no-such-driver');
    const { usable: still, reason } = await webgpu();
    expect([still, reason]).toEqual([false, expect.stringMatching(/is called \*no-such-driver\*; there are \w+/)]);
    await box.run('config', 'set', 'adapter', 'swiftshader');
    expect(await webgpu()).toMatchObject({ usable: true, adapter: expect.stringMatching(/swiftshader/i) });
    await box.run('config', 'set', 'adapter', '');
    const { code, err } = await box.run('config', 'set', 'adapter', 'a*b');
    expect([code, err]).toEqual([2, expect.stringMatching(/adapter cannot be "a\*b"; expected letters, digits/)]);
  },
);

test.skipIf(skipped)('train, go on and eval on webgpu, with the same bytes', { timeout: 240_000 }, async () => {
  const folder = (name: string) => join(box.folder, 'snapshots', name);
  const sizes = ['model.heads=2', 'train.unroll=2', 'evaluate.every=10', 'snapshot.every=10', 'train.schedule=cosine'];
  const settings = ['--steps', '20', ...sizes.flatMap((setting) => ['--set', setting])];
  const whole = await box.run('train', 'yang-tiny', '--device', 'webgpu', '--name', 'whole', ...settings);
  expect({ code: whole.code, err: whole.err }).toEqual({ code: 0, err: '' });
  expect(readdirSync(folder('whole'))).toEqual(expect.arrayContaining(['step-00000010.safetensors']));
  const half = join(folder('whole'), 'step-00000010.safetensors');
  // The device is not named again: the snapshot's own engine goes on.
  const rest = await box.run('train', '--resume', half, '--set', 'device=auto', '--name', 'rest');
  expect({ code: rest.code, err: rest.err }).toEqual({ code: 0, err: '' });
  const record = JSON.parse(readFileSync(join(folder('rest'), 'run.json'), 'utf8'));
  expect(record.engine.name).toBe('webgpu');
  const [a, b] = await Promise.all(
    ['whole', 'rest'].map((name) => readSnapshot(join(folder(name), 'step-00000020.safetensors'))),
  );
  expect(b!.snapshot.params).toEqual(a!.snapshot.params);
  expect(b!.snapshot.optimizer).toEqual(a!.snapshot.optimizer);
  const losses: number[] = [];
  for (const words of [[], ['--device', 'cpu']]) {
    const { out } = await box.run('eval', half, '--json', ...words);
    losses.push(JSON.parse(out).metrics.in_domain_inference_loss.mean);
  }
  expect(Math.abs(losses[0]! / losses[1]! - 1)).toBeLessThan(1e-4);
});
