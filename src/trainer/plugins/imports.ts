import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { FileRefused, readPlain } from '../../core/plain_files.ts';

/** Largest file of a plugin, in bytes. */
const largest = 2 ** 26;

/** Most files of one plugin that are followed. */
const mostFiles = 1000;

/** Relative paths that a module imports or requires, wherever in its text; what is only mentioned is no file, or does no harm. */
const relativeImport = /\b(?:from|import|require)\s*\(?\s*(['"`])(\.\.?\/[^'"`\n]+)\1/g;

/** The bytes that a plugin is made of. */
export interface PluginFiles {
  /** Hash of the file itself. */
  readonly sha256: string;
  /** Hashes of the files that it imports by relative paths, and those import, by their path as seen from its folder. */
  readonly imports: Readonly<Record<string, string>>;
  /** All of them, absolute. */
  readonly files: readonly string[];
}

/** @throws UserError when the plugin cannot be read */
export function readPlugin(file: string): PluginFiles {
  const hashes = new Map<string, string>();
  const rest = [file];
  for (let next = rest.pop(); next !== undefined && hashes.size < mostFiles; next = rest.pop()) {
    if (hashes.has(next)) continue;
    const bytes = readFile(next);
    hashes.set(next, createHash('sha256').update(bytes).digest('hex'));
    for (const [, , path] of bytes.toString('utf8').matchAll(relativeImport)) {
      const imported = resolve(dirname(next), path!.replace(/[?#].*$/, ''));
      if (statSync(imported, { throwIfNoEntry: false })?.isFile()) rest.push(imported);
    }
  }
  const [[, sha256], ...others] = [...hashes] as [[string, string], ...[string, string][]];
  const imports = others
    .map(([path, hash]) => [relative(dirname(file), path), hash] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { sha256, imports: Object.fromEntries(imports), files: [...hashes.keys()] };
}

function readFile(file: string): Buffer {
  try {
    return readPlain(file, largest, 'followed');
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    const missing = error.code === 'ENOENT';
    throw new UserError({
      where: file,
      what: missing ? 'no such plugin' : `cannot be read (${error.complaint.what})`,
      expected: 'a JavaScript module',
    });
  }
}
