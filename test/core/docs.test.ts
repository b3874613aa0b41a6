import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { program } from '../../src/cli/commands/program.ts';
import { parse } from '../../src/cli/parser/parse.ts';

/** All but the list that `npm run supply` writes. */
const files = readdirSync('.docs')
  .filter((name) => name.endsWith('.md') && name !== 'licences.md')
  .map((name) => `.docs/${name}`);
const ofNpm = ['audit', 'ci', 'install', 'pack'];
/** Pages that tell how the code is laid out. */
const ofTheCode = ['architecture', 'contributing', 'recipes'].map((name) => `.docs/${name}.md`);
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

test.each(files)('%s names paths and commands that there are', (file) => {
  const quoted = [...readFileSync(file, 'utf8').matchAll(/`([^`\n]+)`/g)].map(([, text]) => text!);
  const paths = quoted.flatMap((text) => text.match(/(?<![\w/])(?:src|test|\.config|\.docs|presets)\/[\w./-]+/g) ?? []);
  const commands = quoted.flatMap((text) => /^npm (?:run )?([\w:]+)/.exec(text)?.[1] ?? []);
  for (const path of paths) expect(existsSync(path), path).toBe(true);
  for (const name of commands) expect(ofNpm.includes(name) || Object.hasOwn(scripts, name), name).toBe(true);
  expect(paths.length + commands.length).toBeGreaterThanOrEqual(ofTheCode.includes(file) ? 10 : 0);
});

test('the README is short, and links them all', () => {
  const readme = readFileSync('README.md', 'utf8');
  expect(readme.split('\n').length - 1).toBeLessThanOrEqual(150);
  for (const file of files) expect(readme).toContain(`(${file})`);
});

test.each(['README.md', ...files])('%s links files and pictures that there are', (file) => {
  const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
  for (const link of links) {
    if (!/^https?:/.test(link)) expect(existsSync(join(dirname(file), link)), link).toBe(true);
  }
});

test.each(['README.md', ...files])('%s shows command lines that the program takes', (file) => {
  const blocks = [...readFileSync(file, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block!);
  const lines = blocks.flatMap((block) => block.split('\n').filter((line) => line.startsWith('npx incline ')));
  for (const line of lines) {
    const [shown] = line.slice('npx incline '.length).split(/ #| [|>]/);
    const words = [...shown!.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
    const { command, values } = parse(words, program);
    expect('run' in command && command.check?.(values), line).not.toBe(false);
  }
  if (file === 'README.md') expect(lines.length).toBeGreaterThan(10);
});

test('every room is in the table of rooms', () => {
  const table = readFileSync('.docs/architecture.md', 'utf8');
  const config = readFileSync('.config/dependency-cruiser.cjs', 'utf8');
  const ranks = /const ranks = \[(.*?)\n\];/s.exec(config)![1]!;
  for (const [, room] of ranks.matchAll(/'(\w+)'/g)) expect(table).toContain(`\`src/${room}\``);
});
