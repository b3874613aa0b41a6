import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { commandLine } from '../core/own_command.ts';
import { packageFile } from '../core/package_files.ts';
import { FileRefused, readJson, readJsonFromInput } from '../core/plain_files.ts';

/** Folder of the presets that ship with the program. */
const presetFolder = packageFile('presets');

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

/** Whether a word means a file, and not a preset that ships with the program. */
export function isPresetFile(nameOrFile: string): boolean {
  return /[./\\]/.test(nameOrFile);
}

/**
 * Reads a preset by name, any `.json` file by path, or standard input by `-`.
 * @throws UserError when there is no such preset, or the file is too large or not JSON
 */
export function loadPreset(nameOrFile: string): LoadedPreset {
  const isFile = isPresetFile(nameOrFile);
  const isInput = nameOrFile === '-';
  const path = isFile ? nameOrFile : join(presetFolder, `${nameOrFile}.json`);
  const where = isInput ? 'standard input' : isFile ? path : `presets/${nameOrFile}.json`;
  try {
    if (isInput) return { name: 'input', where, raw: readJsonFromInput(largest) };
    return { name: basename(path, '.json'), where, raw: readJson(path, largest, 'followed') };
  } catch (error) {
    if (error instanceof FileRefused && error.code === 'ENOENT') throw noPreset(nameOrFile, isFile);
    if (error instanceof FileRefused) throw new UserError({ ...error.complaint, where, expected: 'a preset (JSON)' });
    throw new UserError({ where, what: `not valid JSON (${(error as Error).message})`, fix: 'correct the file' });
  }
}

function noPreset(name: string, isFile: boolean): UserError {
  const names = presetNames();
  if (!isFile) {
    return new UserError({
      what: `no preset "${name}"`,
      expected: `one of ${names.join(', ')}`,
      fix: nearest(name, names),
    });
  }
  const near = nearest(basename(name), filesBeside(name));
  return new UserError({
    where: name,
    what: 'no such file',
    fix: near || `see ${commandLine('presets', 'list')} for the presets that ship`,
  });
}

/** Names of files of JSON in the folder of one that is not there. */
function filesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path)).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}
