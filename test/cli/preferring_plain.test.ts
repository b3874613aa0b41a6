import { afterAll, expect, test } from 'vitest';
import { sandbox } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
const { COLORFGBG: _, INK_SCREEN_READER: __, ...environment } = box.environment as NodeJS.ProcessEnv;
afterAll(() => box.remove());

/** What a command leaves in a terminal of its own. */
async function inTerminal(words: string[], end: RegExp): Promise<{ code: number; text: string }> {
  const session = TerminalSession.open(box.folder, environment, words);
  try {
    await session.see(end);
    return { code: await session.exit(), text: session.text.replace(/\s+/g, ' ') };
  } finally {
    session.kill();
  }
}

test('where the preference is plain, replay and the home screen name it instead of the terminal', async () => {
  await box.run('train', 'yang-tiny', '--steps', '3', '--name', 'short');
  await box.run('config', 'set', 'screen', 'plain');
  const reason = 'a full screen, and the preference screen is plain; npx incline config set screen full changes it';
  const replay = await inTerminal(['replay', 'short'], /changes it/);
  expect(replay).toMatchObject({ code: 2, text: expect.stringContaining(`incline: replay needs ${reason}`) });
  const home = await inTerminal([], /changes it/);
  expect(home).toMatchObject({ code: 0, text: expect.stringContaining(`The home screen needs ${reason}.`) });
}, 60_000);
