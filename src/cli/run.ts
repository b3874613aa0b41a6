import yargs, { type Argv } from 'yargs';
import { UserError } from '../core/errors.ts';
import { StorageError } from '../core/files.ts';
import { version } from '../core/version.ts';
import type { HomeChoice } from '../ui/home/contract.ts';
import { preferAdapter } from './adapter.ts';
import { attachCommand } from './commands/attach.ts';
import { compareCommand } from './commands/compare.ts';
import { configCommand } from './commands/config.ts';
import { devicesCommand } from './commands/devices.ts';
import { docsCommand } from './commands/docs.ts';
import { evalCommand } from './commands/eval.ts';
import { presetsCommand } from './commands/presets.ts';
import { pruneCommand } from './commands/prune.ts';
import { replayCommand } from './commands/replay.ts';
import { snapshotsCommand } from './commands/snapshots.ts';
import { stopCommand } from './commands/stop.ts';
import { theoryCommand } from './commands/theory.ts';
import { trainCommand } from './commands/train.ts';
import { trainerCommand } from './commands/trainer.ts';
import { exitCode } from './exit.ts';
import { requireNumbers } from './numbers.ts';
import { requireValues, usageError } from './words.ts';

/**
 * Runs one command line.
 * @returns the exit status: 0 done, 2 user error (one line on stderr), 70 bug, 130 interrupted
 */
export async function runCli(words: readonly string[]): Promise<number> {
  try {
    preferAdapter();
    return await execute(words);
  } catch (error) {
    return report(error);
  }
}

/** Carries out one command line. @throws UserError and others, for `report` or a screen to say */
async function execute(words: readonly string[]): Promise<number> {
  let status: number = exitCode.done;
  const exit = (code: number) => {
    status = code;
  };
  const line = attachMask(words);
  const parser: Argv = yargs(line)
    .scriptName('incline')
    .usage(
      '$0 — in-context learning, live in a terminal\n\n$0                  presets, live runs and past ones\n$0 train            start the default run and watch it',
    )
    .version(version)
    .help()
    .alias('help', 'h')
    .strict()
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .exitProcess(false)
    .showHelpOnFail(false)
    .option('plugin', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'your own task or model, a JavaScript file (repeatable)',
    })
    .middleware(() => requireValues(parser, line), true)
    .middleware((flags) => requireNumbers(flags, words))
    .middleware(async ({ plugin }) => {
      if (!plugin) return;
      const { loadPlugin } = await import('../trainer/plugins/plugins.ts');
      for (const file of plugin) await loadPlugin(file);
    })
    .command(trainCommand(exit))
    .command(attachCommand(exit))
    .command(stopCommand)
    .command(evalCommand)
    .command(
      replayCommand((code) => {
        status = code;
      }),
    )
    .command(
      snapshotsCommand((code) => {
        status = code;
      }),
    )
    .command(compareCommand)
    .command(theoryCommand)
    .command(pruneCommand)
    .command(presetsCommand)
    .command(devicesCommand)
    .command(configCommand)
    .command(trainerCommand(exit))
    .command(docsCommand(exit))
    .command({
      command: '$0',
      describe: false,
      handler: async () => {
        const { whyNoFullScreen } = await import('./screen.ts');
        const obstacle = whyNoFullScreen();
        if (obstacle) {
          parser.showHelp('log');
          if (process.stdout.isTTY && process.stdin.isTTY) {
            process.stderr.write(`\nThe home screen needs a full screen, and ${obstacle.what}; ${obstacle.fix}.\n`);
          }
          return;
        }
        const { home } = await import('./home.ts');
        await home((choice) => execute(wordsOf(choice)));
      },
    })
    .fail((message, error) => {
      if (error) throw error;
      requireValues(parser, line);
      throw usageError(parser, line, message);
    });
  await parser.parseAsync();
  return status;
}

/** The command line that does what was chosen on the home screen. */
function wordsOf(choice: Exclude<HomeChoice, { type: 'quit' }>): string[] {
  switch (choice.type) {
    case 'start':
      return ['train', choice.preset];
    case 'attach':
      return ['attach', choice.run];
    case 'replay':
      return ['replay', choice.folder];
    case 'resume':
      return [
        'train',
        '--resume',
        choice.file,
        ...(choice.steps === undefined ? [] : ['--steps', String(choice.steps)]),
      ];
    case 'compare':
      return ['compare', ...choice.folders];
  }
}

/** `--mask -L0H3` as one word, as yargs takes a word that starts with a dash for a flag. */
function attachMask(words: readonly string[]): string[] {
  const mask = words.indexOf('--mask');
  const value = words[mask + 1];
  if (mask < 0 || !value?.startsWith('-L')) return [...words];
  return [...words.slice(0, mask), `--mask=${value}`, ...words.slice(mask + 2)];
}

function report(error: unknown): number {
  const known = error instanceof UserError || error instanceof StorageError || isUsageError(error);
  if (known) {
    process.stderr.write(`incline: ${(error as Error).message}\n`);
    return exitCode.userError;
  }
  process.stderr.write(`incline: this is a bug, please report it\n${(error as Error)?.stack ?? String(error)}\n`);
  return exitCode.bug;
}

/** yargs raises its own error type for unknown words and missing values. */
function isUsageError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'YError';
}
