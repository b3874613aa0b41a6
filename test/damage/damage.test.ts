import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { type Damage, DamagedRun, isRefused } from './damaged_run.ts';

let run: DamagedRun;
beforeAll(async () => {
  run = await DamagedRun.make();
}, 30_000);
afterAll(() => run.remove());

/** Damages a file so many times and reads it in every way; counts what was refused, and what memory was held. */
async function survive({ name, mutate, readings }: Damage, times: number): Promise<number> {
  const whole = readFileSync(join(run.folder, name));
  const memory = process.memoryUsage().rss;
  let refused = 0;
  for (let seed = 0; seed < times; seed++) {
    run.damage(name, mutate(whole, RandomStream.named(seed, 'task')));
    let any = false;
    for (const read of readings) any = (await isRefused(read, `${name}, seed ${seed}`)) || any;
    if (any) refused++;
  }
  expect(process.memoryUsage().rss - memory).toBeLessThan(2 ** 29);
  return refused;
}

test('500 damaged snapshots: refused in one line or used, never a crash', async () => {
  expect(await survive(run.snapshot, 500)).toBeGreaterThan(350);
}, 60_000);

test('what is accepted of damaged snapshots evaluates, or is refused in one line', async () => {
  await survive(run.evaluated, 60);
}, 60_000);

test('80 damaged journals: what can be read of them is used', async () => {
  expect(await survive(run.journal, 80)).toBeGreaterThan(5);
}, 60_000);

test('100 damaged run.json and 100 damaged files of pictures', async () => {
  expect(await survive(run.record, 100)).toBeGreaterThan(30);
  await survive(run.pictures, 100);
}, 60_000);

test('60 damaged files of a pruning curve are passed over, or shown', async () => {
  const point = (fraction: number) => ({ fraction, metrics: { eval_loss: { mean: fraction, stderr: 0.1, n: 9 } } });
  const curve = { v: 1, order: 'smallest', metric: 'eval_loss', points: [0, 0.2, 0.4].map(point) };
  writeFileSync(join(run.folder, 'prune.json'), JSON.stringify(curve));
  expect(await survive(run.pruning, 60)).toBe(0);
}, 60_000);
