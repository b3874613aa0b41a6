import { readFileSync } from 'node:fs';
import { UserError } from './errors.ts';
import { significant } from './format.ts';

/** How the system, Node and native code say that they got no memory. */
const refusals =
  /array buffer allocation failed|bad.?alloc|out of memory|OUT_OF_\w*MEMORY|allocate memory|\bENOMEM\b|failed to map segment/i;

/** Whether an error says that memory was refused. */
export const isMemoryRefused = (error: unknown): boolean => error instanceof Error && refusals.test(error.message);

/** The limit on the addresses that this process may use, in words, where there is one (of a shell, or of a scheduler). */
export function addressLimit(): string | undefined {
  const bytes = /^Max address space +(\d+)/m.exec(limitsText())?.[1];
  return bytes && `ulimit -v allows this process ${significant(Number(bytes) / 2 ** 30)} GiB of addresses`;
}

/** What an error that says so means to a person; undefined for others. */
export function memoryRefused(error: unknown): UserError | undefined {
  if (error instanceof UserError || !isMemoryRefused(error)) return undefined;
  const limit = addressLimit();
  const fix = limit ? `${limit}: raise it` : 'end other programs, or lower the sizes of task and model';
  return Object.assign(new UserError({ what: `memory was refused (${(error as Error).message})`, fix }), {
    cause: error,
  });
}

function limitsText(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
