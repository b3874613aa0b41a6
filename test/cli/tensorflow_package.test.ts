import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '../../src/protocol/events.ts';
import { sandbox } from './program.ts';

const box = sandbox();
const modules = join(box.folder, 'node_modules');

/**
 * A stand-in for the package, whose native library cannot be had everywhere: as node-pre-gyp does, its loader takes
 * `--directory`, or what begins like it, from the arguments of the process for where its description lies.
 */
beforeAll(() => {
  const folder = join(modules, '@tensorflow', 'tfjs-node');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "@tensorflow/tfjs-node", "main": "index.js" }');
  const plain = createRequire(import.meta.url).resolve('@tensorflow/tfjs');
  writeFileSync(
    join(folder, 'index.js'),
    `const { readFileSync } = require('node:fs');
     const { join } = require('node:path');
     const at = process.argv.findIndex((word) => /^--dir/.test(word) && '--directory'.startsWith(word));
     readFileSync(at < 0 ? join(__dirname, 'package.json') : join(process.argv[at + 1], __dirname, 'package.json'));
     console.log('GREETING');
     console.warn('GREETING');
     module.exports = require(${JSON.stringify(plain)});`,
  );
  Object.assign(box.environment, { NODE_PATH: modules });
});
afterAll(() => box.remove());

test('trains with --dir, without a word of its own', async () => {
  const words = ['train', 'yang-tiny', '--device', 'tensorflow', '--steps', '3', '--name', 'r', '--json'];
  const { code, out, err } = await box.run(...words, '--dir', 'elsewhere');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).not.toContain('GREETING');
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  expect(events.find(({ type }) => type === 'run_started')).toMatchObject({ engine: { name: 'tensorflow' } });
});
