import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the program's package, for sources and for what is built of them. */
function root(): URL {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    if (existsSync(new URL('package.json', folder))) return folder;
    if (folder.pathname === new URL('..', folder).pathname) throw new Error(`no package.json above ${import.meta.url}`);
  }
}

const packageRoot = root();

/** Where a file stands that comes with the program. @param path from the folder of its package */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, packageRoot));
}

/** This program's version. */
export const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
  readonly version: string;
};
