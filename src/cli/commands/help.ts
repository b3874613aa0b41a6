import { command, type Group, many } from '../parser/command.ts';
import { topicNames } from '../reference/topic_names.ts';

const topics = topicNames.join(', ');

export const helpCommand = (program: () => Group) =>
  command({
    name: 'help',
    describe: `What a command does, or a topic: ${topics}`,
    arguments: { topic: many(`a command, or one of ${topics}`) },
    run: async ({ topic }) => (await import('../reference/topics.ts')).printHelp(topic, program()),
  });
