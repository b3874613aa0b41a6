import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Where the modules that ship with the program stand before they are built into it. */
export const modules = fileURLToPath(new URL('../src/snapshots/python/', import.meta.url));
const environment = { ...process.env, PYTHONPATH: modules, PYTHONDONTWRITEBYTECODE: '1' };

/**
 * The first Python here that has these packages; undefined, with a line that says so, where none has: what needs it skips.
 * A distribution's own packages are found by its own Python alone, whatever stands first in the search path.
 */
export function pythonWith(...packages: readonly string[]): string | undefined {
  const found = ['python3', '/usr/bin/python3'].find((python) => {
    const imports = packages.map((name) => `import ${name}`).join('; ');
    return spawnSync(python, ['-c', imports], { env: environment }).status === 0;
  });
  if (!found) console.log(`skipped: no python3 with ${packages.join(' and ')}`);
  return found;
}

/** What a script prints as JSON, given words and an object of JSON on its standard input. @throws Error with what it complained of */
export function runPython(python: string, script: string, words: readonly string[], input: unknown = {}): unknown {
  const { status, stdout, stderr } = spawnSync(python, [script, ...words], {
    env: environment,
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr.trim().split('\n').at(-1));
  return JSON.parse(stdout);
}
