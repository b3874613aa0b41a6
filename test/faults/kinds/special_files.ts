import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pick } from '../common.ts';
import type { Fault } from '../fault.ts';
import type { Stage } from '../stage.ts';

/** What can stand in the place of a file. */
const places: Readonly<Record<string, (path: string, victim: string) => void>> = {
  pipe: (path) => void execFileSync('mkfifo', [path]),
  folder: (path) => void mkdirSync(path),
  endless: (path) => symlinkSync('/dev/zero', path),
  terminal: (path) => symlinkSync('/dev/tty', path),
  link: (path, victim) => symlinkSync(victim, path),
  dangling: (path) => symlinkSync('/nonexistent/file', path),
  loop: (path) => symlinkSync(path, path),
};

const files = ['run.json', 'journal.jsonl', 'probe.bin', 'notes.json', 'step-00000040.safetensors', 'trainer.log'];

const commands: readonly (readonly string[])[] = [
  ['snapshots', 'list', '--dir', '.'],
  ['snapshots', 'verify', 'run', '--dir', '.'],
  ['compare', './run', './run', '--json'],
  ['eval', 'run/step-00000040.safetensors', '--json'],
  ['train', '--resume', 'run/step-00000040.safetensors', '--in-place', '--headless', '--steps', '60', '--threads', '1'],
];

export const specialFiles: Fault = {
  name: 'special-files',
  injected: 'a pipe, folder, device, link to another file, dangling or endless link in the place of a file of a run',
  expected: 'every command ends soon, in a line or without that file; what a link leads to is not touched',
  async begin(stage: Stage) {
    const name = stage.freshName();
    const made = await stage.run(...stage.headless(name, 40));
    assert.equal(made.status, 0, made.err);
    stage.hold(name);
    const victim = join(stage.folder, 'victim');
    const directory = stage.makeFolder('shown');
    return async (stream, number) => {
      rmSync(directory, { recursive: true });
      cpSync(stage.runFolder(name), join(directory, 'run'), { recursive: true });
      const file = pick(stream, files);
      const path = join(directory, 'run', file);
      const place = pick(stream, Object.keys(places));
      const whole = file === 'trainer.log' ? 'a log\n' : readIfThere(path);
      writeFileSync(victim, whole);
      rmSync(path, { force: true });
      places[place]!(path, victim);
      const words = commands[number % commands.length]!;
      const program = stage.start(words, { cwd: directory });
      const late = setTimeout(() => program.kill(), mostTime);
      await program.ended;
      clearTimeout(late);
      const what = `${words.join(' ')} with a ${place} for ${file}`;
      assert.notEqual(program.status, 'SIGKILL', `${what} takes longer than ${mostTime} ms`);
      await program.requireSound().catch((error: Error) => {
        throw new Error(`${what}: ${error.message}`);
      });
      assert.deepEqual(
        readFileSync(victim),
        Buffer.from(whole),
        `${what}: the file that the link leads to has changed`,
      );
    };
  },
};

/** Longest time that a command may take, in milliseconds. */
const mostTime = 45_000;

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.from('{}');
  }
}
