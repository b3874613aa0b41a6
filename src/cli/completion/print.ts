import { UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { print } from '../output/output.ts';
import type { Group } from '../parser/command.ts';
import { candidates } from './candidates.ts';
import { scripts } from './scripts.ts';

/** @throws UserError for a shell that there is no script for */
export async function printScript(shell: string): Promise<void> {
  if (!Object.hasOwn(scripts, shell)) {
    const names = Object.keys(scripts);
    const fix = nearest(shell, names) || undefined;
    throw new UserError({
      what: `no completion for the shell "${shell}"`,
      expected: `one of ${names.join(', ')}`,
      fix,
    });
  }
  print(...scripts[shell as keyof typeof scripts].trimEnd().split('\n'));
}

/** One candidate a line. */
export async function printCandidates(words: readonly string[], program: Group): Promise<void> {
  for (const one of await candidates(words, program)) print(one);
}
