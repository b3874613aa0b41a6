import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import type { Engine } from '../../src/engine/contract.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { createRunFolder } from '../../src/store/run_folder.ts';
import { rescue } from '../../src/trainer/host/rescue.ts';
import { hostRun } from '../../src/trainer/host.ts';
import { smallConfig } from './fake_session.ts';

const directory = mkdtempSync(join(tmpdir(), 'incline-rescue-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Updates left before the device is lost; it is not while the run is being tuned. */
const device = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY }));

/** A device that computes as the processor does, and can be lost. */
vi.mock('../../src/engine/webgpu.ts', async () => {
  const { cpuEngine: processor } = await import('../../src/engine/cpu.ts');
  const webgpuEngine: Engine = {
    name: 'webgpu',
    device: true,
    precision: 'float32',
    availability: () => processor.availability(),
    upload: (tensor) => processor.upload(tensor),
    read: (value) => processor.read(value),
    release: (value) => processor.release(value),
    compile: async (graph, options) => {
      const program = await processor.compile(graph, options);
      return {
        run: async (feeds) => {
          if ('theta' in graph.outputs && device.left-- <= 0) throw new Error('WebGPU device lost (2): reset\nat …');
          return program.run(feeds);
        },
        dispose: () => program.dispose(),
      };
    },
  };
  return { webgpuEngine };
});

test('when the device is lost the last copy becomes a snapshot to go on from, and the message says so', async () => {
  const config = smallConfig({ device: 'webgpu', 'train.steps': 40, 'train.unroll': 1 });
  const source = {
    v: 1,
    run: 'lost',
    config,
    seed: config.seed,
    started: new Date().toISOString(),
    source: 'test',
  } as const;
  const folder = await createRunFolder(directory, source);
  const hosted = await hostRun(folder, {
    unattended: true,
    spareCore: false,
    onEvents: (events) => {
      if (events.some(({ type }) => type === 'run_started')) device.left = 10;
    },
  });
  const failure = await hosted.result.then(
    () => undefined,
    (error: Error) => error,
  );
  expect(failure).toBeInstanceOf(UserError);
  expect(failure!.message).toMatch(
    /^webgpu: the device stopped computing after step 10: WebGPU device lost \(2\): reset; the state of step 1 is saved; go on with: npx incline train --resume \S+\/lost\/step-00000001\.safetensors$/,
  );
  const events = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trim().split('\n');
  expect(JSON.parse(events.at(-1)!)).toMatchObject({ type: 'run_failed', snapshot: 'step-00000001.safetensors' });
  const { snapshot } = await readSnapshot(join(folder, 'step-00000001.safetensors'));
  expect(snapshot.step).toBe(1);
  for (const { step } of Object.values(snapshot.history)) expect(Math.max(...step)).toBeLessThanOrEqual(1);
  expect([...snapshot.params['w']!.data].some((value) => value !== 0)).toBe(true);
});

test('without a copy, or without room for it, the message says that', async () => {
  const cause = new Error('lost');
  const none = await rescue(cause, 'webgpu', 'folder', 0, undefined, () => Promise.reject(new Error('never called')));
  expect(none.error.message).toBe(
    'webgpu: the device stopped computing after step 0: lost; try again, or with --device cpu',
  );
  const copy = { step: 7, rng: {}, params: {}, optimizer: {} };
  const full = await rescue(cause, 'webgpu', 'folder', 9, copy, () => Promise.reject(new Error('no space left')));
  expect(full.snapshot).toBeUndefined();
  expect(full.error.message).toMatch(/the state of step 7 could not be saved either: no space left$/);
});
