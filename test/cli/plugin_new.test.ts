import { execFile } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { program, sandbox } from './program.ts';

const box = sandbox();
afterAll(() => box.remove());
const root = fileURLToPath(new URL('../../', import.meta.url));
const environment = { ...box.environment, INCLINE_COMMAND: `"${process.execPath}" "${program}"` };

/** What a command ended with, on standard output and error together. */
async function done(file: string, words: readonly string[]): Promise<{ code: number; said: string }> {
  const options = { cwd: box.folder, env: { ...environment, NODE_TEST_CONTEXT: undefined } };
  return promisify(execFile)(file, words, options).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, said: stdout + stderr }),
  );
}

describe.each([
  ['task', 'waves', []],
  ['task', 'strides', ['--tokens']],
  ['model', 'learned_metric', []],
])('a new %s, %s', (kind, name, options) => {
  test('is three files, whose test passes as they stand', async () => {
    const made = await done(process.execPath, [program, 'plugin', 'new', kind, name, ...options]);
    expect(made.code, made.said).toBe(0);
    expect(made.said).toContain(`wrote ${name}.mjs\nwrote ${name}.json\nwrote ${name}.test.mjs\ntrain  `);
    const tested = await done(process.execPath, ['--test', `${name}.test.mjs`]);
    expect(tested.code, tested.said).toBe(0);
    expect(tested.said).toMatch(kind === 'task' ? /pass 2/ : /pass 1/);
  }, 240_000);

  test('is not written over', async () => {
    writeFileSync(join(box.folder, `other_${name}.json`), '{}');
    const { code, said } = await done(process.execPath, [program, 'plugin', 'new', kind, `other_${name}`, ...options]);
    expect({ code, said }).toEqual({
      code: 2,
      said: `incline: other_${name}.json: exists already; choose another name\n`,
    });
    expect(existsSync(join(box.folder, `other_${name}.mjs`))).toBe(false);
  });
});

test.each([
  [['dance', 'x'], /^incline: no kind of plugin "dance"; expected task or model\n$/],
  [['task', 'My Task'], /^incline: "My Task" cannot be the name of a task; expected a name in snake_case\n$/],
  [['model', 'mine', '--tokens'], /^incline: --tokens: a model has none; plugin new task NAME --tokens\n$/],
  [['model', 'decoder'], /^incline: the model decoder exists already; choose another name\n$/],
])('what cannot be made is refused in a line: %s', async (words, line) => {
  const { code, said } = await done(process.execPath, [program, 'plugin', 'new', ...words]);
  expect(code).toBe(2);
  expect(said).toMatch(line);
});

describe('types for authors of plugins', () => {
  const compile = () => done(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.']);
  test('know what a task is, in TypeScript and in what plugin new writes', async () => {
    const types = join(box.folder, 'types');
    const made = await done(process.execPath, [
      join(root, 'node_modules/typescript/bin/tsc'),
      ...['-p', join(root, '.config/types.json'), '--outDir', join(types, 'dist/types')],
    ]);
    expect(made).toEqual({ code: 0, said: '' });
    // As npm installs it.
    writeFileSync(join(types, 'package.json'), readFileSync(join(root, 'package.json')));
    await promisify(execFile)('mkdir', ['-p', 'node_modules'], { cwd: box.folder });
    symlinkSync('../types', join(box.folder, 'node_modules/incline-icl'));
    for (const name of ['zod', '@types'])
      symlinkSync(join(root, 'node_modules', name), join(box.folder, 'node_modules', name));
    const options = {
      module: 'nodenext',
      strict: true,
      noEmit: true,
      allowJs: true,
      checkJs: true,
      skipLibCheck: true,
    };
    const compilerOptions = { ...options, preserveSymlinks: true, types: ['node'], target: 'es2023' };
    writeFileSync(
      join(box.folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['mine.ts', 'waves.mjs', 'strides.mjs', 'learned_metric.mjs'] }),
    );
    const mine = (label: string) => `import type { RandomStream, TaskPlugin } from 'incline-icl';
export const task: TaskPlugin = ({ z, functionKeys, functionTask }) =>
  functionTask({
    name: 'mine',
    title: 'Mine',
    schema: z.strictObject({ ...functionKeys(5), slope: z.number().default(1) }),
    functions: ({ slope }) => ({
      kind: 'regression',
      power: slope ** 2,
      references: [{ name: 'zero' }],
      draw: (stream: RandomStream) => ([x]) => ${label},
    }),
  });
`;
    writeFileSync(join(box.folder, 'mine.ts'), mine('stream.gaussian() * slope * x!'));
    expect(await compile()).toEqual({ code: 0, said: '' });
    writeFileSync(join(box.folder, 'mine.ts'), mine('String(x)'));
    const { code, said } = await compile();
    expect(code).not.toBe(0);
    expect(said).toMatch(/^mine\.ts\(11,7\): error TS2322: [\s\S]*Type 'string' is not assignable to type 'number'/);
  }, 240_000);
});
