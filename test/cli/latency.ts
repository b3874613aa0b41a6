import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RandomStream } from '../../src/core/random.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import { killTrainers, sandbox, until } from './program.ts';
import { TerminalSession } from './terminal.ts';

export interface Latency {
  /** From a key to the moved cursor on the screen, in milliseconds: median. */
  readonly echo: number;
  /** From a key to a part pruned and the evaluation without it on the screen: median. */
  readonly effect: number;
  /** What the latter may take: one run of the graph and 250 ms; the evaluation comes on top and is not counted. */
  readonly allowed: number;
}

/** Presses keys in a real pseudo-terminal while a run trains at full speed, each at a random moment. */
export async function measureLatency(preset: string, samples: number): Promise<Latency> {
  const box = sandbox();
  const stream = RandomStream.named(samples, 'task');
  let screen: TerminalSession | undefined;
  try {
    const words = ['--set', 'train.steps=16000000', '--set', 'train.pace=0', '--threads', '1', '--name', 'latency'];
    const shown = TerminalSession.open(box.folder, box.environment, ['train', preset, ...words]);
    screen = shown;
    await shown.see(/● training/, 30_000);
    await shown.see(/▸H0/);
    shown.press('2');
    await sleep(2000);
    const take = async (key: string, seen: RegExp): Promise<number> => {
      await sleep(100 + 300 * stream.uniform());
      const pressed = performance.now();
      shown.press(key);
      await until(() => seen.test(shown.text), 10_000, 1);
      return performance.now() - pressed;
    };
    const echoes: number[] = [];
    const effects: number[] = [];
    for (let sample = 0; sample < samples; sample++) {
      echoes.push(await take('l', /▸H1/), await take('h', /▸H0/));
      effects.push(await take('x', sample % 2 === 0 ? /✕1 pruned probe/ : / {4}probe/));
    }
    return { echo: median(echoes), effect: median(effects), allowed: runOfGraph(box.folder, shown) + 250 };
  } finally {
    screen?.kill();
    killTrainers(box.folder);
    box.remove();
  }
}

/** Milliseconds that one run of the training graph takes, by the speed on the screen. */
function runOfGraph(folder: string, screen: TerminalSession): number {
  const [line] = readFileSync(join(folder, 'snapshots', 'latency', 'journal.jsonl'), 'utf8').split('\n');
  const started = JSON.parse(line!) as Extract<RunEvent, { type: 'run_started' }>;
  const speed = Number(/(.{7}) steps\/s/.exec(screen.text)![1]!.replaceAll(' ', ''));
  return (1000 * started.engine.unroll) / speed;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
