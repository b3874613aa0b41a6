import { command, type Group, required } from '../parser/command.ts';

export const configCommand: Group = {
  name: 'config',
  describe: 'Get, set, unset or list preferences kept across runs',
  commands: [
    command({
      name: 'list',
      describe: 'Every preference, its value or what holds without one, and what it means',
      options: { json: 'print JSON' },
      run: async ({ json }) => (await import('../preferences/config.ts')).listPreferences(json),
    }),
    command({
      name: 'get',
      describe: 'The value of a preference, empty when it is not set',
      arguments: { name: required() },
      run: async ({ name }) => (await import('../preferences/config.ts')).getPreference(name),
    }),
    command({
      name: 'set',
      describe: 'Set a preference; without a value, or to default, unset it',
      arguments: { name: required(), value: { kind: 'optional', describe: '', default: '' } },
      run: async ({ name, value }) => (await import('../preferences/config.ts')).setPreference(name, value),
    }),
    command({
      name: 'unset',
      describe: 'Forget a preference: what holds is chosen again from the environment',
      arguments: { name: required() },
      run: async ({ name }) => (await import('../preferences/config.ts')).setPreference(name, ''),
    }),
  ],
};
