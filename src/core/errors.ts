import { spelledOut } from './visible.ts';

/** What a person needs to mend bad input, in one line. */
export interface Complaint {
  /** What is wrong, e.g. `task.tokens is 12`. */
  readonly what: string;
  /** File, flag or key path where it stands. */
  readonly where?: string | undefined;
  /** What was expected instead. */
  readonly expected?: string | undefined;
  /** What to do about it. */
  readonly fix?: string | undefined;
}

/** Bad input: printed as one line, exit status 2, nothing lost. Anything else that is thrown is a bug (status 70). */
export class UserError extends Error {
  readonly complaint: Complaint;

  constructor(complaint: Complaint) {
    const { what, where, expected, fix } = complaint;
    const parts = [where ? `${where}: ${what}` : what];
    if (expected) parts.push(`expected ${expected}`);
    if (fix) parts.push(fix);
    super(spelledOut(parts.join('; ')));
    this.name = 'UserError';
    this.complaint = complaint;
  }
}

/** Another process trains the run now: bad input to a person, and to a sweep a reason to wait. */
export class BusyError extends UserError {}

/** What a process says of it over its channel to the one that started it. */
export const busyWord = 'busy';

/** The program was told to end, by a signal or a closed output: exit status 130, with what there is to say, if anything. */
export class Interrupted extends Error {
  constructor(message = '') {
    super(message);
    this.name = 'Interrupted';
  }
}
