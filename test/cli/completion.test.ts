import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { program as built, sandbox } from './program.ts';
import { spawnInTerminal, TerminalSession } from './terminal.ts';

const box = sandbox();
afterAll(() => box.remove());

/** What the program offers in the place of the last word. */
async function offered(...words: string[]): Promise<string[]> {
  const { code, out } = await box.run('complete', '--', ...words);
  expect(code).toBe(0);
  return out.split('\n').slice(0, -1);
}

test.concurrent.for<[words: string[], all: string[]]>([
  [['tr'], ['train']],
  [
    ['snapshots', 're'],
    ['remove', 'rename'],
  ],
  [
    ['train', 'yang-fig2b'],
    ['yang-fig2b', 'yang-fig2b-small'],
  ],
  [['reproduce', 'yang-fig4', 'yang-fig5'], ['yang-fig5']],
  [['train', '--dev'], ['--device']],
  [
    ['train', '--device', 'w'],
    ['wasm', 'webgpu'],
  ],
  [
    ['train', '--device=w'],
    ['--device=wasm', '--device=webgpu'],
  ],
  [['train', 'yang-tiny', '--set', 'model.head'], ['model.heads=']],
  [['sweep', 'yang-tiny', '--grid=model.head'], ['--grid=model.heads=']],
  [['sweep', 'results', 'x', '--rows', 'model.head'], ['model.heads']],
  [
    ['replay', 'li'],
    ['li', 'li-pruned'],
  ],
  [
    ['eval', 'li/step'],
    ['li/step-00000200.safetensors', 'li/step-00000400.safetensors'],
  ],
  [['train', '--resume', 'li-p'], ['li-pruned']],
  [['config', 'set', 'scr'], ['screen']],
  [
    ['config', 'set', 'screen', ''],
    ['full', 'plain'],
  ],
  [['help', 'env'], ['environment']],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [['compare', '--svg', ''], []],
  [['nonsense', ''], []],
])('%j', async ([words, all]) => expect(await offered(...words)).toEqual(all));

test('a shell without a script is refused in one line', async () => {
  const { code, err } = await box.run('completion', 'zhs');
  expect({ code, err }).toEqual({
    code: 2,
    err: 'incline: no completion for the shell "zhs"; expected one of bash, zsh, fish; did you mean zsh?\n',
  });
});

const shells: Readonly<Record<string, readonly [start: string[], load: string]>> = {
  bash: [['--norc', '--noprofile'], 'eval "$(incline completion bash)"'],
  zsh: [['-f'], 'eval "$(incline completion zsh)"'],
  fish: [['--no-config'], 'incline completion fish | source'],
};

describe.each(Object.entries(shells))('%s', (shell, [start, load]) => {
  const isHere = spawnSync(shell, ['-c', 'true']).status === 0;

  test.runIf(isHere)('completes by the tabulator key', async () => {
    const bin = join(box.folder, `bin-${shell}`);
    mkdirSync(bin);
    execFileSync('chmod', ['+x', built]);
    symlinkSync(built, join(bin, 'incline'));
    const environment = { ...box.environment, HOME: box.folder, PATH: `${bin}:${process.env['PATH']}` };
    const session = new TerminalSession(spawnInTerminal([shell, ...start], box.folder, environment));
    try {
      session.press(`${load}; echo loa''ded\r`);
      await session.see(/^loaded/m);
      session.press('incline presets show yang-fig2b-s\t');
      await session.see(/show yang-fig2b-small/);
      session.press('--set model.head\t');
      // No space follows, as the value does.
      await session.see(/--set model\.heads=/);
      session.press(`8 >/dev/null; echo right''ly\r`);
      await session.see(/^rightly/m);
      session.press('incline train yang-tiny --device=web\t');
      await session.see(/--device=webgpu/);
    } finally {
      process.kill(session.pid, 'SIGKILL');
    }
  });
});
