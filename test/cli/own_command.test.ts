import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { howToCall } from '../../src/core/own_command.ts';
import { quoted } from '../../src/core/shell.ts';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'incline-own-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A folder of commands, with one that is called incline. */
function commandsIn(name: string, target: string): string {
  const bin = join(folder, name);
  mkdirSync(bin, { recursive: true });
  symlinkSync(target, join(bin, 'incline'));
  return bin;
}

test('hints name the program as it is started here', () => {
  const other = join(folder, 'other.js');
  writeFileSync(other, '');
  const found = commandsIn('bin', program);
  const strange = commandsIn('strange', other);
  const local = commandsIn('project/node_modules/.bin', program);
  const inside = join(folder, 'project', 'sub folder');
  mkdirSync(inside);
  expect(howToCall(program, folder, `${strange}:${found}`)).toBe('incline');
  expect(howToCall(program, folder, strange)).toBe(`node ${quoted(program)}`);
  // npm puts this one on the search path only while it runs the program.
  expect(howToCall(program, folder, local)).toBe(`node ${quoted(program)}`);
  expect(howToCall(program, inside, local)).toBe('npx incline');
});

test('what npx fetched for once is fetched again', () => {
  const cache = join(folder, 'cache/_npx/1f');
  const fetched = join(cache, 'node_modules/incline-icl/dist/main.js');
  mkdirSync(join(fetched, '..'), { recursive: true });
  writeFileSync(fetched, '');
  writeFileSync(
    join(cache, 'package.json'),
    JSON.stringify({ _npx: { packages: ['/my files/incline-icl-0.1.0.tgz'] } }),
  );
  const bin = commandsIn('cache/_npx/1f/node_modules/.bin', fetched);
  expect(howToCall(fetched, folder, bin)).toBe("npx -p '/my files/incline-icl-0.1.0.tgz' incline");
});
