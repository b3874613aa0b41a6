import { BusyError, busyWord, Interrupted, UserError } from '../core/errors.ts';
import { StorageError, tellUnsafeFolders } from '../core/files.ts';
import { filesRefused } from '../core/files_refused.ts';
import { memoryRefused } from '../core/memory_limit.ts';
import { version } from '../core/package_files.ts';
import { strayFault } from '../trainer/plugins/fault.ts';
import { program } from './commands/program.ts';
import type { CommonFlags } from './options/table.ts';
import { exitCode } from './output/exit.ts';
import { note, print, tell } from './output/output.ts';
import { statusAfter } from './output/output_failure.ts';
import { parse } from './parser/parse.ts';

/** Whether there may be a plugin in this process, with timers and the like that nobody ends. */
let hasPlugins = false;

/**
 * Runs one command line.
 * @returns the exit status: 0 done, 2 user error (one line on stderr), 70 bug, 130 interrupted
 */
export async function runCli(words: readonly string[]): Promise<number> {
  tellUnsafeFolders(note);
  try {
    return await execute(words);
  } catch (error) {
    return report(error);
  }
}

/** Ends the program once what it printed is out. */
export async function endWith(code: number): Promise<void> {
  // A write that fails is told of a little later.
  await new Promise((resolve) => setImmediate(resolve));
  const status = statusAfter(code);
  process.exitCode = status;
  // Neither what a plugin left running is waited for, nor what was still being prepared when a signal came.
  if (hasPlugins || code === exitCode.interrupted) process.stdout.write('', () => process.exit(status));
}

/** Carries out one command line. @throws UserError and others, for `report` or a screen to say */
async function execute(words: readonly string[]): Promise<number> {
  const { command, path, values } = parse(words, program);
  if (values.help) {
    const { helpOf } = await import('./parser/help.ts');
    print(...helpOf(command, path, Math.min(100, process.stdout.columns ?? 100)));
  } else if (values.version) print(version);
  else if ('run' in command) {
    const { preferAdapter } = await import('./preferences/adapter.ts');
    preferAdapter();
    await takePlugins(values);
    return (await command.run(values, execute)) || exitCode.done;
  }
  return exitCode.done;
}

async function takePlugins({ plugin, pluginPatience, pluginChanged }: CommonFlags): Promise<void> {
  if (plugin.length === 0) return;
  const { loadPlugins } = await import('./plugins.ts');
  hasPlugins = true;
  await loadPlugins(plugin, { patience: pluginPatience, changed: pluginChanged }, report);
}

function report(cause: unknown): number {
  if (cause instanceof Interrupted) {
    if (cause.message !== '') tell(`incline: ${cause.message}`);
    return exitCode.interrupted;
  }
  const error = isKnown(cause) ? cause : (strayFault(cause) ?? memoryRefused(cause) ?? filesRefused(cause) ?? cause);
  if (isKnown(error)) {
    tell(`incline: ${error.message}`);
    if (error instanceof BusyError) process.send?.(busyWord);
    return exitCode.userError;
  }
  tell('incline: this is a bug, please report it', ...((error as Error)?.stack ?? String(error)).split('\n'));
  return exitCode.bug;
}

const isKnown = (error: unknown): error is Error => error instanceof UserError || error instanceof StorageError;
