import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../../core/files.ts';
import { readJson } from '../../core/plain_files.ts';
import type { ChoiceMemory, Measured } from '../../trainer/session/choice.ts';
import { preferencesFile } from './preferences.ts';

/** Beside the preferences. */
const file = join(dirname(preferencesFile), 'measured.json');
const mostEntries = 200;
/** Largest file that is read, in bytes. */
const largest = 2 ** 20;
const version = 2;

/** Which engine was the fastest for which model, kept in a file; one that is damaged or cannot be written is done without. */
export const choiceMemory: ChoiceMemory = {
  recall: (key) => entries().find(([known]) => known === key)?.[1],
  async keep(key, measured) {
    const others = entries().filter(([known]) => known !== key);
    const newest = [...others.slice(1 - mostEntries), [key, measured]];
    try {
      mkdirSync(dirname(file), { recursive: true });
      await writeFileAtomic(file, `${JSON.stringify({ v: version, fastest: Object.fromEntries(newest) })}\n`);
    } catch {
      // Measuring once more at the next run is all that is lost.
    }
  },
};

/** Key and engine, oldest first. */
function entries(): [string, Measured][] {
  try {
    const { v, fastest } = readJson(file, largest, 'followed') as { v: number; fastest: Record<string, Measured> };
    return v === version ? Object.entries(fastest) : [];
  } catch {
    return [];
  }
}
