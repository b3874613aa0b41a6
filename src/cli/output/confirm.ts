import { createInterface } from 'node:readline/promises';
import { visible } from '../../core/visible.ts';

/** Asks a question on the terminal that is to be answered with yes; anything else means no. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${visible(question)}? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
