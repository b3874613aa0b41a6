import { expect, test } from 'vitest';
import { mapColour } from '../../src/plot/colourmap.ts';
import type { Snapshot } from '../../src/snapshots/format.ts';
import { snapshotAsEvents } from '../../src/store/trackers/snapshot_events.ts';
import { example } from '../snapshots/example.ts';
import { readEvents } from './event_reader.ts';

const events = (snapshot: Snapshot) => readEvents(snapshotAsEvents(snapshot));

test('every value of every curve is a scalar at its step, gaps as NaN, in the order of steps', () => {
  const { version, starts, summaries } = events(example);
  expect(version).toBe('brain.Event:2');
  expect(starts).toEqual([1]);
  const scalars = summaries.filter(({ scalar }) => scalar !== undefined);
  expect(scalars.map(({ tag, step, scalar }) => [tag, step, scalar])).toEqual([
    ['train_loss', 1, 4],
    ['train_loss', 200, 2],
    ['train_loss', 400, Number.NaN],
    ['attention_on_matching/L0H1', 400, 0.25],
  ]);
  expect(new Set(summaries.map(({ seconds }) => seconds))).toEqual(new Set([Date.parse(example.created) / 1000]));
});

test('settings are a table of text', () => {
  const { summaries } = events({ ...example, config: { ...example.config, title: 'a | b\nc' } });
  const [settings] = summaries.filter(({ text }) => text !== undefined);
  expect(settings).toMatchObject({ tag: 'settings', step: 0, plugin: 'text' });
  expect(settings!.text).toMatch(/^\| setting \| value \|\n\| --- \| --- \|\n\| title \| a \\\| b c \|\n/);
  expect(settings!.text).toContain('| train.learning_rate | 0.01 |');
});

test('parameters are histograms of all their numbers', () => {
  const numbers = Float32Array.from({ length: 600 }, (_, i) => (i % 60) / 10);
  const { summaries } = events({
    ...example,
    params: { W: { shape: [600], data: numbers }, one: { shape: [1], data: Float32Array.of(2) } },
  });
  const [W, one] = summaries.flatMap(({ tag, histogram }) => (histogram ? [{ tag, ...histogram }] : []));
  const sum = numbers.reduce((total, value) => total + value, 0);
  expect(W).toMatchObject({ tag: 'params/W', min: 0, num: 600 });
  expect(W!.max).toBeCloseTo(5.9);
  expect(W!.sum).toBeCloseTo(sum);
  expect(W!.squares).toBeCloseTo(numbers.reduce((total, value) => total + value * value, 0));
  expect(W!.counts.reduce((total, count) => total + count, 0)).toBe(600);
  expect(Math.max(...W!.counts)).toBeLessThanOrEqual(30);
  expect(W!.limits.at(-1)).toBeCloseTo(5.9);
  for (const [i, limit] of W!.limits.slice(1).entries()) expect(limit).toBeGreaterThan(W!.limits[i]!);
  expect(one).toMatchObject({ min: 2, max: 2, num: 1 });
  expect(one!.counts[0]).toBe(1);
});

test('attention is a picture a layer: heads beside each other, mean over prompts, on one scale', () => {
  // Two prompts, two layers, nine heads of one query and two keys: the heads of a layer have these on the first key, in the mean.
  const [prompts, layers, heads] = [2, 2, 9];
  const firsts = [0, 0.1, 0.2, 0.3, 0.45, 0.5, 0.6, 0.7, 0.8];
  const data = new Float32Array(prompts * layers * heads * 2);
  for (let p = 0; p < prompts; p++) {
    for (let l = 0; l < layers; l++) {
      for (let h = 0; h < heads; h++)
        data[((p * layers + l) * heads + h) * 2] = firsts[h]! + (p === 0 ? 0.05 : -0.05) + l;
    }
  }
  const { summaries } = events({ ...example, probe: { attention: { shape: [prompts, layers, heads, 1, 2], data } } });
  const pictures = summaries.flatMap(({ tag, step, image }) => (image ? [{ tag, step, image }] : []));
  expect(pictures.map(({ tag, step }) => [tag, step])).toEqual([
    ['attention/L0', 400],
    ['attention/L1', 400],
  ]);
  const [{ image }] = pictures as [(typeof pictures)[0]];
  // A cell of 48 pixels, eight heads in the first of two rows, gaps of 4.
  expect([image.width, image.height]).toEqual([8 * 100 - 4, 2 * 52 - 4]);
  for (let h = 0; h < heads; h++) {
    const [x, y] = [100 * (h % 8), 52 * Math.floor(h / 8)];
    expect(image.pixel(x + 20, y + 20)).toBe(mapColour('viridis', firsts[h]! / 0.8));
    expect(image.pixel(x + 60, y + 20)).toBe(mapColour('viridis', 0));
  }
  expect(image.pixel(98, 20)).toBe(0xffffff);
  expect(image.pixel(150, 70)).toBe(0xffffff);
});

test('a snapshot without pictures has none', () => {
  expect(events({ ...example, probe: {} }).summaries.filter(({ image }) => image)).toEqual([]);
});
