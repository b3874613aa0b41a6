import { spawn } from 'node:child_process';
import { systemClock } from '../../core/clock.ts';
import { Interrupted } from '../../core/errors.ts';
import { RecipeFollower, type Told } from '../../reproduce/follow/follower.ts';
import { Pace, progressOf } from '../../reproduce/follow/pace.ts';
import type { Plan } from '../../reproduce/plan.ts';
import type { Recipe } from '../../reproduce/recipe/schema.ts';
import type { ReproduceData } from '../../ui/reproduce/model.ts';
import { showReproduce } from '../../ui/reproduce/show_reproduce.ts';
import { exitCode } from '../output/exit.ts';
import { print, tell } from '../output/output.ts';
import { ownProgram, pluginWords } from '../prepare/own_program.ts';
import { screenPreferences } from '../screen/full_screen.ts';

interface Work {
  /** Whether it has ended. */
  readonly isOver: boolean;
  /** The last line that it printed, on either output. */
  readonly said: string;
  /** What it printed, to be printed again where no screen is in the way. */
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** Its exit status. */
  readonly end: Promise<number>;
  /** Lets it save and end. */
  stop(): void;
}

/** Most lines that are kept of what it prints. */
const keptLines = 10_000;

/** The same command without a screen, in a process of its own, so that measuring does not hold up keys. */
function startWork(words: readonly string[], onTold: (told: Told) => void): Work {
  const all = [ownProgram, 'reproduce', ...words, '--headless', ...pluginWords()];
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const [out, err]: [string[], string[]] = [[], []];
  const work = { isOver: false, said: '', out, err };
  const listen = (stream: NodeJS.ReadableStream, lines: string[]): void => {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop()!;
      lines.push(...parts);
      lines.splice(0, lines.length - keptLines);
      work.said = parts.findLast((line) => line !== '') ?? work.said;
    });
  };
  listen(child.stdout!, out);
  listen(child.stderr!, err);
  child.on('message', (told) => onTold(told as Told));
  const end = new Promise<number>((resolve) => {
    const over = (status: number) => {
      work.isOver = true;
      resolve(status);
    };
    child.on('close', (status) => over(status ?? exitCode.interrupted));
    child.on('error', (error) => {
      err.push(`incline: ${error.message}`);
      over(exitCode.bug);
    });
  });
  // An object whose fields go on changing.
  return Object.assign(work, { end, stop: () => void child.kill('SIGTERM') });
}

/**
 * Shows recipes while they are trained and measured; what is said of them is printed once the screen is left.
 * @param words the command line of the same without a screen
 * @returns the exit status of that
 */
export async function reproduceOnScreen(
  jobs: readonly { readonly recipe: Recipe; readonly plan: Plan }[],
  root: string,
  words: readonly string[],
): Promise<number> {
  const follower = new RecipeFollower(jobs, root);
  const work = startWork(words, (told) => follower.take(told));
  const pace = new Pace(systemClock);
  const look = async (): Promise<ReproduceData> => {
    const { isOver, said } = work;
    follower.isOver = isOver;
    const recipes = await follower.look();
    return { recipes, said, isOver, secondsLeft: pace.secondsLeft(progressOf(recipes)) };
  };
  try {
    const { interrupted } = await showReproduce({ data: await look(), look, preferences: screenPreferences() });
    if (!work.isOver) {
      work.stop();
      print('what is being trained is saved …');
    }
    const status = await work.end;
    print(...work.out);
    tell(...work.err);
    if (interrupted) throw new Interrupted();
    return status;
  } finally {
    if (!work.isOver) work.stop();
  }
}
