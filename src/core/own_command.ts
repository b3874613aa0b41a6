import { readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { packageFile } from './package_files.ts';
import { quoted, shellLine } from './shell.ts';

/** A command of this program as its user types it here, ready for a shell. @param words from the command's name on */
export function commandLine(...words: readonly string[]): string {
  known ??=
    process.env['INCLINE_COMMAND'] || howToCall(packageFile('dist/main.js'), process.cwd(), process.env['PATH']);
  return words.length === 0 ? known : `${known} ${shellLine(words)}`;
}

/** The same as anybody types it who has the package: for what is shown to others. */
export function sharedCommandLine(...words: readonly string[]): string {
  return `npx incline ${shellLine(words)}`;
}

/** The working folder and the environment stay what they are. */
let known: string | undefined;

/** What starts this very program in a folder: from the search path, by npx from a folder above or from npm's cache, or by its path. */
export function howToCall(program: string, folder: string, path = ''): string {
  const leadsHere = (bin: string): boolean => {
    const found = realPath(join(bin, 'incline'));
    return found !== undefined && found === realPath(program);
  };
  const local = join('node_modules', '.bin');
  // Those are there only while npm runs the program.
  const searched = path.split(delimiter).filter((bin) => bin !== '' && !bin.endsWith(`${sep}${local}`));
  if (searched.some(leadsHere)) return 'incline';
  if (foldersFrom(folder).some((one) => leadsHere(join(one, local)))) return 'npx incline';
  const fetched = packageForNpx(program);
  return fetched === undefined ? `node ${quoted(program)}` : `npx -p ${quoted(fetched)} incline`;
}

/** What npx was told to fetch, where it started the program from its own cache. */
function packageForNpx(program: string): string | undefined {
  const installed = program.lastIndexOf(`${sep}node_modules${sep}`);
  try {
    const text = readFileSync(join(program.slice(0, installed), 'package.json'), 'utf8');
    return (JSON.parse(text) as { _npx?: { packages?: string[] } })._npx?.packages?.[0];
  } catch {
    return undefined;
  }
}

function foldersFrom(folder: string): string[] {
  const here = resolve(folder);
  return dirname(here) === here ? [here] : [here, ...foldersFrom(dirname(here))];
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
