import { Script } from 'node:vm';
import { systemClock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import { DrawingError } from '../../tasks/drawing_error.ts';
import { enteredAt, faultOf, PluginFault } from './fault.ts';

/**
 * A call that was cut off is made again, a few times, as long as the process was given less than this share of its time in
 * all: it may have been stopped, or the machine have been busy with others.
 */
const leastShare = 0.5;
const mostTries = 3;

let patience = 10;
/** The plugin whose function is being carried out. */
let atWork: string | undefined;

/** How long one call of a plugin's function may take, in seconds. */
export const pluginPatience = (): number => patience;

/** @throws UserError for what is no time */
export function setPluginPatience(seconds: number): void {
  if (!(seconds > 0 && seconds <= 86_400)) {
    throw new UserError({
      where: '--plugin-patience',
      what: `${seconds} is no time`,
      expected: 'seconds, more than 0',
    });
  }
  patience = seconds;
}

/** The plugin whose function is being carried out. */
export const pluginAtWork = (): string | undefined => atWork;

interface Call {
  /** The plugin. */
  readonly file: string;
  /** What the call does, as a noun: `drawing`. */
  readonly doing: string;
  /** Whether complaints about settings may come of it, which are the user's and not the plugin's. */
  readonly takesSettings?: boolean;
  /** What it takes to do it once more; undefined where that cannot be. */
  readonly again?: () => void;
}

/**
 * Carries out a function of a plugin: what it throws becomes a fault that names the file, and one that never returns is cut
 * off. Costs some 40 µs, most of it for the thread that watches the time.
 * @throws PluginFault
 */
export function guarded<T>(call: Call, work: () => T): T {
  try {
    return inTime(call, work);
  } catch (error) {
    const isComplaint = error instanceof UserError && !(error instanceof DrawingError);
    throw call.takesSettings && isComplaint ? error : faultOf(error, call.file, call.doing);
  }
}

/** The same with what it throws as it is. @throws PluginFault when it never returns */
export function inTime<T>({ file, doing, again }: Call, work: () => T): T {
  const began = systemClock.now();
  const before = process.cpuUsage();
  for (let tries = 1; ; tries++) {
    try {
      return once(file, work);
    } catch (error) {
      if (!isTimeout(error)) throw error;
      const { user, system } = process.cpuUsage(before);
      const wasGivenTime = (user + system) / 1e6 >= leastShare * patience;
      if (wasGivenTime || !again || tries === mostTries) throw hang(file, doing, systemClock.now() - began);
      again();
    }
  }
}

function once<T>(file: string, work: () => T): T {
  const outer = atWork;
  atWork = file;
  try {
    // The time of a call within a call is that of the outer one.
    return outer ? work() : timed(work);
  } finally {
    // Where a call is cut off, those inside it never come here.
    atWork = outer;
  }
}

/** The fault of what never ends. @param waited milliseconds */
export function hang(file: string, doing: string, waited: number): PluginFault {
  const seconds = waited < 1000 ? (waited / 1000).toFixed(1) : Math.round(waited / 1000);
  const fix = `if it is only slow, give it longer with --plugin-patience ${Math.ceil(6 * patience)}`;
  return new PluginFault({ what: `no step for ${seconds} s: ${doing} hangs in ${enteredAt(file)}`, fix });
}

const slot = Symbol.for('incline.pluginCall');
const caller = new Script("globalThis[Symbol.for('incline.pluginCall')]()");

/** Only code that a script calls can be cut off by Node, so that a script calls it. */
function timed<T>(work: () => T): T {
  (globalThis as { [slot]?: () => T })[slot] = work;
  return caller.runInThisContext({ timeout: Math.ceil(1000 * patience), displayErrors: false }) as T;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
