import { command, type Group, many } from '../parser/command.ts';

export const helpCommand = (program: () => Group) =>
  command({
    name: 'help',
    describe: 'What a command does, or a topic: keys, metrics, files, environment',
    arguments: { topic: many('a command, or keys, metrics, files or environment') },
    run: async ({ topic }) => (await import('../reference/topics.ts')).printHelp(topic, program()),
  });
