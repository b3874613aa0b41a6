import { tell } from './output.ts';

/** Exit statuses that scripts rely on. */
export const exitCode = { done: 0, userError: 2, bug: 70, interrupted: 130 } as const;

/** Ends the process where going on would do harm: another writes to its run now. */
export function leaveAtOnce(error: Error): never {
  tell(`incline: ${error.message}`);
  process.exit(exitCode.userError);
}
