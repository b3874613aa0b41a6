import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { listSnapshots, readSnapshot, sweepLeftovers } from '../../src/snapshots/store.ts';
import { builtModule } from '../built_module.ts';
import { example } from '../snapshots/example.ts';

/** Saves one snapshot after the other, each of another size, over a few steps again and again, as the built program does. */
const writer = (store: string): string => `
import { saveSnapshot } from ${JSON.stringify(store)};
import { readFileSync } from 'node:fs';
const [folder] = process.argv.slice(2);
const example = JSON.parse(readFileSync(new URL('./example.json', import.meta.url)));
const floats = (length, value) => ({ shape: [length], data: new Float32Array(length).fill(value) });
for (let i = 1; ; i++) {
  const params = { w: floats(1 + ((i * 7919) % 300_000), i) };
  await saveSnapshot(folder, { ...example, step: i % 5, seed: i, params, optimizer: {}, task: {}, history: {}, probe: {} });
  if (i === 1) console.log('saved');
}`;

/** Kills a process that saves snapshots so many times, each at a random moment, and looks at what it left. */
export async function expectWholeAfterKills(times: number): Promise<void> {
  const outside = mkdtempSync(join(tmpdir(), 'incline-writer-'));
  const folder = mkdtempSync(join(tmpdir(), 'incline-killed-'));
  const stream = RandomStream.named(0, 'task');
  let listed = 0;
  try {
    const { params: _, optimizer: __, task: ___, mask: ____, history: _____, probe: ______, ...plain } = example;
    writeFileSync(join(outside, 'example.json'), JSON.stringify(plain));
    writeFileSync(join(outside, 'writer.mjs'), writer(builtModule('src/snapshots/store.ts', outside)));
    for (let time = 0; time < times; time++) {
      const child = spawn(process.execPath, [join(outside, 'writer.mjs'), folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, 30 * stream.uniform()));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      for (const { path, ...entry } of await listSnapshots(folder)) {
        expect('problem' in entry ? entry.problem : undefined).toBeUndefined();
        const { snapshot, notices } = await readSnapshot(path);
        expect(notices.filter((notice) => !notice.includes('optimizer'))).toEqual([]);
        expect(snapshot.params['w']!.data.every((value) => value === snapshot.seed)).toBe(true);
        listed++;
      }
      await sweepLeftovers(folder);
      expect(readdirSync(folder).filter((name) => !/^step-0000000[0-4]\.safetensors$/.test(name))).toEqual([]);
    }
    expect(listed).toBeGreaterThanOrEqual(times);
  } finally {
    rmSync(outside, { recursive: true });
    rmSync(folder, { recursive: true });
  }
}
