import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../core/errors.ts';
import { nearest } from './complaints.ts';

/** Folder of the presets that ship with the program. */
const presetFolder = fileURLToPath(new URL('../../presets', import.meta.url));

/** Largest file that is read as a preset, in bytes. */
const largest = 1 << 20;

export interface LoadedPreset {
  readonly name: string;
  /** Where it stands, for messages. */
  readonly where: string;
  readonly raw: unknown;
}

/** Names of the presets that ship with the program, in alphabetical order. */
export function presetNames(): string[] {
  return readdirSync(presetFolder)
    .filter((file) => file.endsWith('.json') && file !== 'schema.json')
    .map((file) => basename(file, '.json'))
    .sort();
}

/**
 * Reads a preset by name, or any `.json` file by path.
 * @throws UserError when there is no such preset, or the file is too large or not JSON
 */
export function loadPreset(nameOrFile: string): LoadedPreset {
  const isFile = nameOrFile.endsWith('.json') || nameOrFile.includes('/');
  const path = isFile ? nameOrFile : join(presetFolder, `${nameOrFile}.json`);
  if (!existsSync(path)) {
    const names = presetNames();
    throw new UserError(
      isFile
        ? { where: path, what: 'no such file', fix: 'see `incline presets list` for the presets that ship' }
        : {
            what: `no preset "${nameOrFile}"`,
            expected: `one of ${names.join(', ')}`,
            fix: nearest(nameOrFile, names),
          },
    );
  }
  const where = isFile ? path : `presets/${nameOrFile}.json`;
  const info = statSync(path);
  if (!info.isFile()) throw new UserError({ where, what: 'not a file', expected: 'a preset (JSON)' });
  if (info.size > largest) {
    throw new UserError({ where, what: `${info.size} bytes long`, expected: `a preset of at most ${largest} bytes` });
  }
  const text = readFileSync(path, 'utf8');
  try {
    return { name: basename(path, '.json'), where, raw: JSON.parse(text) };
  } catch (error) {
    throw new UserError({ where, what: `not valid JSON (${(error as Error).message})`, fix: 'correct the file' });
  }
}
