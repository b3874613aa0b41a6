import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { metricRows, pruningSeries } from '../../src/runs/compare/compared.ts';
import { loadCompared } from '../../src/runs/compare/load.ts';
import { replayFolder } from '../../src/runs/open_replay.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';

const folder = fileURLToPath(new URL('../../snapshots', import.meta.url));
const samples = ['li', 'li-pruned', 'yang-4-heads', 'yang-8-heads', 'yang-16-heads'];
const filesOf = (run: string): string[] => readdirSync(join(folder, run)).map((file) => join(folder, run, file));

test('the sample runs are whole and small', async () => {
  const files = samples.flatMap(filesOf);
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  expect(bytes).toBeLessThan(5_000_000);
  for (const file of files.filter((name) => name.endsWith('.safetensors'))) {
    expect((await readSnapshot(file)).notices).toEqual([]);
  }
});

test('the smaller model brings its own evaluation, not that of the model it was cut from', async () => {
  const files = ['smaller', 'step-00000400'].map((name) => join(folder, 'li', `${name}.safetensors`));
  const rows = metricRows(await loadCompared(files, folder));
  const [smaller, whole] = rows.find(({ name }) => name === 'unseen_hinge')!.values.map((value) => value!.mean!);
  expect(smaller).toBeGreaterThan(0.1);
  expect(whole).toBeLessThan(0.01);
});

test.each(samples)('%s plays back, with pictures on the way', async (run) => {
  const source = await replayFolder(join(folder, run), 0);
  expect(source.to).toBeGreaterThan(source.from);
  expect(source.stops.filter(({ kind }) => kind === 'snapshot').length).toBeGreaterThan(0);
  source.close();
});

test('more heads come closer to ridge, and pruned neurons cost more the more they are', async () => {
  const yang = await loadCompared(['yang-4-heads', 'yang-8-heads', 'yang-16-heads'], folder);
  const distance = metricRows(yang).find(({ name }) => name === 'in_domain_inference_loss')!;
  const [four, eight, sixteen] = distance.values.map((value) => value!.mean!);
  expect(four! / eight!).toBeGreaterThan(2);
  expect(eight! / sixteen!).toBeGreaterThan(2);
  const curves = pruningSeries(await loadCompared(['li', 'li-pruned'], folder));
  expect(curves.map(({ run }) => run)).toEqual([0, 1]);
  for (const { series } of curves) {
    const errors = Array.from({ length: series.length }, (_, i) => series.view().at(i)!.value);
    expect(errors).toEqual([...errors].sort((a, b) => a - b));
    expect(errors.at(-1)!).toBeGreaterThan(10 * errors[0]!);
  }
});
