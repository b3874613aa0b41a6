import { commandLine } from '../../core/own_command.ts';
import { print, printJson } from '../output/output.ts';
import {
  choicesOf,
  describePreference,
  preferenceNamed,
  preferenceNames,
  preferencesFile,
  readPreferences,
  writePreference,
} from './preferences.ts';
import { usualPreferences } from './usual_preferences.ts';

export function listPreferences(json: boolean): void {
  const values = readPreferences();
  if (json) {
    printJson({ v: 1, file: preferencesFile, preferences: values });
    return;
  }
  const usual = usualPreferences();
  for (const name of preferenceNames) {
    const value = values[name] ?? (usual[name] === undefined ? '–' : `(${usual[name]})`);
    const choices = choicesOf(name);
    const meaning = [describePreference(name), ...(choices.length > 0 ? [choices.join(', ')] : [])].join(': ');
    print(`${name.padEnd(12)}${String(value).padEnd(12)}  ${meaning}`);
  }
  print(`(…) holds while nothing is set; ${commandLine('config', 'set', 'NAME', 'VALUE')}, config unset NAME`);
  print(`kept in ${preferencesFile}`);
}

export function getPreference(name: string): void {
  print(String(readPreferences()[preferenceNamed(name)] ?? ''));
}

/** @param value empty to unset it */
export async function setPreference(name: string, value: string): Promise<void> {
  const preference = preferenceNamed(name);
  await writePreference(preference, value);
  const stored = readPreferences()[preference];
  const usual = usualPreferences()[preference];
  const unset = usual === undefined ? 'is not set' : `is not set: ${usual}`;
  print(`${preference} ${stored === undefined ? unset : `is ${stored}`}`);
}
