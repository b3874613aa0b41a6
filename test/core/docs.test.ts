import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const files = ['architecture', 'contributing', 'decisions', 'recipes'].map((name) => `.docs/${name}.md`);
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

test.each(files)('%s names paths and commands that there are', (file) => {
  const quoted = [...readFileSync(file, 'utf8').matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!);
  const paths = quoted.flatMap((text) => text.match(/(?<![\w/])(?:src|test|\.config|\.docs|presets)\/[\w./-]+/g) ?? []);
  const commands = quoted.flatMap((text) => /^npm (?:run )?([\w:]+)/.exec(text)?.[1] ?? []);
  for (const path of paths) expect(existsSync(path), path).toBe(true);
  for (const name of commands) expect(name === 'ci' || Object.hasOwn(scripts, name), name).toBe(true);
  expect(paths.length + commands.length).toBeGreaterThanOrEqual(file.includes('decisions') ? 0 : 10);
});

test('the README links them', () => {
  const readme = readFileSync('README.md', 'utf8');
  for (const file of files) expect(readme).toContain(`(${file})`);
});

test('every room is in the table of rooms', () => {
  const table = readFileSync('.docs/architecture.md', 'utf8');
  const config = readFileSync('.config/dependency-cruiser.cjs', 'utf8');
  const ranks = /const ranks = \[(.*?)\n\];/s.exec(config)![1]!;
  for (const [, room] of ranks.matchAll(/'(\w+)'/g)) expect(table).toContain(`\`src/${room}\``);
});
