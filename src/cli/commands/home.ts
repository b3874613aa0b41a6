import { command } from '../parser/command.ts';

/** What the program does where no command is named. */
export const homeCommand = command({
  name: 'home',
  async run(_, execute) {
    const { whyNoFullScreen } = await import('../screen/full_screen.ts');
    const obstacle = whyNoFullScreen();
    if (!obstacle) return (await import('../screen/home.ts')).home(execute);
    await execute(['--help']);
    const { isInteractive, tell } = await import('../output/output.ts');
    if (isInteractive()) tell('', `The home screen needs a full screen, and ${obstacle.what}; ${obstacle.fix}.`);
  },
});
