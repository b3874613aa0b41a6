import { command, type Group, many, required } from '../parser/command.ts';

export const presetsCommand: Group = {
  name: 'presets',
  describe: 'List, show or validate named configurations',
  commands: [
    command({
      name: 'list',
      describe: 'Names, about how long each takes on two cores, and titles',
      options: { json: 'print JSON' },
      run: async ({ json }) => (await import('../reference/presets.ts')).listPresets(json),
    }),
    command({
      name: 'show',
      describe: 'Every resolved value and where it came from',
      arguments: { preset: required('name, file.json, or - for standard input') },
      options: { json: 'print JSON', set: true },
      run: async (flags) => (await import('../reference/presets.ts')).showPreset(flags),
    }),
    command({
      name: 'validate',
      describe: 'Check presets by name or file (all that ship, unless named)',
      arguments: { files: many() },
      run: async ({ files }) => (await import('../reference/presets.ts')).validatePresets(files),
    }),
  ],
};
