import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const build = fileURLToPath(new URL('../.config/build.mjs', import.meta.url));

/** Puts a module and all that it imports together, as the program is. @returns the address of what Node loads */
export function builtModule(source: string, folder: string): string {
  execFileSync(process.execPath, [build, '--entry', source, '--out', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return pathToFileURL(join(folder, 'main.js')).href;
}
