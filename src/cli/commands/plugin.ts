import { command, type Group, required } from '../parser/command.ts';

export const pluginCommand: Group = {
  name: 'plugin',
  describe: 'Begin a task or a model of your own',
  commands: [
    command({
      name: 'new',
      describe: 'Write a commented, working example with a configuration and a test into the working folder',
      arguments: { kind: required('task or model'), name: required('its name, in snake_case') },
      options: { tokens: true },
      run: async (flags) => (await import('../plugin/new.ts')).newPlugin(flags),
    }),
  ],
};
