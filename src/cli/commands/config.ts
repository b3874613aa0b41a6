import type { CommandModule } from 'yargs';

/** `config get|set|list`: preferences kept across runs. */
export const configCommand: CommandModule = {
  command: 'config',
  describe: 'Get, set or list preferences kept across runs',
  builder: (command) =>
    command
      .command<{ json: boolean }>(
        'list',
        'Every preference, its value and what it means',
        (list) => list.option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
        list,
      )
      .command<{ name: string }>(
        'get <name>',
        'The value of a preference, empty when it is not set',
        (get) => get.positional('name', { type: 'string', demandOption: true }),
        get,
      )
      .command<{ name: string; value: string }>(
        'set <name> [value]',
        'Set a preference; without a value, unset it',
        (set) =>
          set
            .positional('name', { type: 'string', demandOption: true })
            .positional('value', { type: 'string', default: '' }),
        set,
      )
      .demandCommand(1, 'config needs one of get, set, list'),
  handler: () => {},
};

async function list({ json }: { json: boolean }): Promise<void> {
  const { describePreference, preferenceNames, preferencesFile, readPreferences } = await import('../preferences.ts');
  const values = readPreferences();
  if (json) {
    process.stdout.write(`${JSON.stringify({ v: 1, file: preferencesFile, preferences: values })}\n`);
    return;
  }
  for (const name of preferenceNames) {
    process.stdout.write(`${name.padEnd(12)}${String(values[name] ?? '–').padEnd(12)}  ${describePreference(name)}\n`);
  }
}

async function get({ name }: { name: string }): Promise<void> {
  const { preferenceNamed, readPreferences } = await import('../preferences.ts');
  process.stdout.write(`${readPreferences()[preferenceNamed(name)] ?? ''}\n`);
}

async function set({ name, value }: { name: string; value: string }): Promise<void> {
  const { preferenceNamed, writePreference } = await import('../preferences.ts');
  await writePreference(preferenceNamed(name), value);
}
