import { stripVTControlCharacters } from 'node:util';
import { expect, test, vi } from 'vitest';
import { modelAt, press, rowsOn, utf8 } from './fake_model.ts';

const own = vi.hoisted(() => ({ command: '' }));
vi.mock('../../src/core/own_command.ts', async (original) => ({
  ...(await original<object>()),
  commandLine: (...words: readonly string[]) => [own.command, ...words].join(' '),
}));

const commands = {
  short: 'npx incline',
  long: 'node /home/somebody/projects/incline/dist/main.js',
  longest: `node /home/${'a-long-name/'.repeat(12)}dist/main.js`,
};

test.each(
  Object.entries(commands).flatMap(([name, command]) =>
    [
      [60, 18],
      [80, 24],
      [120, 40],
      [200, 60],
    ].map(([columns, rows]) => [name, columns!, rows!, command] as const),
  ),
)('a %s command that returns to the run is whole at %i × %i', (_, columns, rows, command) => {
  own.command = command;
  const { model } = press(modelAt(500, { columns, rows, environment: { ...utf8, NO_COLOR: '1' } }), 'q');
  const drawn = rowsOn(model).map(stripVTControlCharacters);
  const top = drawn.findIndex((row) => row.includes('leave the screen'));
  const [left, right] = [drawn[top]!.indexOf('╭▸ leave'), drawn[top]!.indexOf('─╮', drawn[top]!.indexOf('leave the'))];
  const end = drawn.findIndex((row, y) => y > top && row[left] === '╰');
  const inside = drawn.slice(top + 1, end).map((row) => row.slice(left + 1, right + 1).trim());
  expect(inside.join('\n')).not.toContain('…');
  // Over several rows it is broken, not cut.
  expect(inside.join(' ').includes(`${command} attach`) || inside.join('').includes(`${command} attach`)).toBe(true);
  for (const words of ['detach', 'stop and save', 'ends the run', 'stay here'])
    expect(inside.join(' ')).toContain(words);
});
