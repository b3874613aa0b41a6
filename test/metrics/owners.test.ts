import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MetricCatalogue } from '../../src/metrics/catalogue.ts';
import { models } from '../../src/models/registry.ts';
import { tasks } from '../../src/tasks/registry.ts';

const root = new URL('../../src/', import.meta.url).pathname;
const shared = new Set([...new MetricCatalogue().all].map(({ name }) => name));
/** Computes anew by name what others measure, without their code. */
const independent = 'reproduce/verify/closed_forms.ts';
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => (path.endsWith('.ts') || path.endsWith('.tsx')) && path !== independent)
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

/** The first files that name a metric, in quotes or as a key that could be nothing else. */
function filesNaming(name: string): string[] {
  const whole = `(?<!\\w)${name}(?![\\w])`;
  const pattern = new RegExp(name.includes('_') ? whole : `['"\`]${whole}['"\`]`);
  return sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
}

const owned = [
  ...[...tasks.values()].map((definition) => ({ room: 'tasks', definition })),
  ...[...models.values()].map((definition) => ({ room: 'models', definition })),
].flatMap(({ room, definition: { metrics = [] } }) => metrics.map(({ name }) => ({ room, name })));
const names = new Set(owned.map(({ name }) => name.replace('/#', '')).filter((name) => !shared.has(name)));

test.each([...names])('%s stands where its task or model does, and nowhere else', (name) => {
  const rooms = new Set(owned.filter((one) => one.name.replace('/#', '') === name).map(({ room }) => room));
  const elsewhere = filesNaming(name).filter((path) => !rooms.has(path.split('/')[0]!));
  expect(elsewhere).toEqual([]);
});

test('what one kind of task measures does not stand in the folder of another', () => {
  const folders = { pattern: 'copy_floor', functions: 'error_last', representation: 'ridge_gap' };
  for (const [folder, name] of Object.entries(folders)) {
    expect(filesNaming(name).filter((path) => !path.startsWith(`tasks/${folder}`))).toEqual([]);
  }
});
