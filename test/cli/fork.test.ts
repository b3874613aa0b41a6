import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { prepareFork } from '../../src/cli/screen.ts';
import { sandbox } from './program.ts';

const box = sandbox();
afterAll(() => box.remove());

test('a fork with a changed setting keeps what was learned where it fits, else starts from step 0', async () => {
  const { code } = await box.run('train', 'yang-tiny', '--steps', '20', '--name', 'base', '--threads', '1');
  expect(code).toBe(0);
  const file = join(box.folder, 'snapshots/base/step-00000020.safetensors');
  const told: string[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => told.push(String(text)) > 0);
  try {
    const forked = async (...set: string[]) =>
      JSON.parse(readFileSync(join(await prepareFork(file, set), 'run.json'), 'utf8'));
    const shorter = await forked('task.prompt_examples=2');
    expect(shorter).toMatchObject({ config: { task: { prompt_examples: 2 } }, parent: { step: 20 }, paused: true });
    expect(told).toEqual([]);
    // Names of runs tell seconds apart.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const wider = await forked('model.heads=3');
    expect(wider).toMatchObject({ config: { model: { heads: 3 }, train: { steps: 20 } }, paused: true });
    expect(wider.parent).toBeUndefined();
    expect(told.join('')).toContain('model.heads=3 from step 0');
    expect(basename(wider.run)).toMatch(/^base-/);
    await expect(forked('model.heads=1000000')).rejects.toThrow(/heads/);
  } finally {
    write.mockRestore();
  }
}, 60_000);
