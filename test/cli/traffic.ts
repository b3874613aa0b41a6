import { setTimeout as sleep } from 'node:timers/promises';
import { killTrainers, sandbox } from './program.ts';
import { TerminalSession } from './terminal.ts';

export interface TrafficOptions {
  readonly preset: string;
  /** The preference for connections. */
  readonly connection: 'ssh' | 'slow';
  readonly seconds: number;
  /** Pressed one after the other, over and over, at even times; none by default. */
  readonly keys?: readonly string[];
  /** Seconds between two keys. */
  readonly every?: number;
  readonly colours?: '256' | 'truecolor';
  /** Pressed before counting begins. */
  readonly opening?: string;
}

export interface Traffic {
  /** Bytes that left through the pseudo-terminal, a second: on average, and in the busiest second. */
  readonly mean: number;
  readonly most: number;
  /** Sequences that clear the whole screen or enter the alternate one, since the program was started. */
  readonly clears: number;
  readonly entries: number;
  readonly steps: number;
}

/** Counts what a screen of 120 × 40 sends while its run trains at full speed. */
export async function measureTraffic(options: TrafficOptions): Promise<Traffic> {
  const { preset, connection, seconds, keys = [], every = 1, colours = '256', opening = '' } = options;
  const box = sandbox();
  let screen: TerminalSession | undefined;
  try {
    await box.run('config', 'set', 'connection', connection);
    await box.run('config', 'set', 'colours', colours);
    const words = ['--set', 'train.steps=16000000', '--set', 'train.pace=0', '--threads', '1', '--name', 'traffic'];
    screen = TerminalSession.open(box.folder, box.environment, ['train', preset, ...words]);
    await screen.see(/● training/, 30_000);
    screen.press(opening);
    await sleep(3000);
    const counts: number[] = [];
    const [started, before] = [performance.now(), screen.step];
    let [sent, pressed] = [screen.bytes, 0];
    for (let second = 1; second <= seconds; second++) {
      for (; pressed * every < second && keys.length > 0; pressed++) {
        await sleep(started + 1000 * pressed * every - performance.now());
        screen.press(keys[pressed % keys.length]!);
      }
      await sleep(started + 1000 * second - performance.now());
      counts.push(screen.bytes - sent);
      sent = screen.bytes;
    }
    const took = (performance.now() - started) / 1000;
    const { clears } = screen;
    const entries = screen.raw.split('\x1b[?1049h').length - 1;
    const total = counts.reduce((sum, count) => sum + count, 0);
    return { mean: total / took, most: Math.max(...counts), clears, entries, steps: screen.step - before };
  } finally {
    screen?.kill();
    killTrainers(box.folder);
    box.remove();
  }
}
