import type { CommandModule } from 'yargs';

/** `config get|set|unset|list`: preferences kept across runs. */
export const configCommand: CommandModule = {
  command: 'config',
  describe: 'Get, set, unset or list preferences kept across runs',
  builder: (command) =>
    command
      .command<{ json: boolean }>(
        'list',
        'Every preference, its value or what holds without one, and what it means',
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
        'Set a preference; without a value, or to default, unset it',
        (set) =>
          set
            .positional('name', { type: 'string', demandOption: true })
            .positional('value', { type: 'string', default: '' }),
        set,
      )
      .command<{ name: string }>(
        'unset <name>',
        'Forget a preference: what holds is chosen again from the environment',
        (unset) => unset.positional('name', { type: 'string', demandOption: true }),
        ({ name }) => set({ name, value: '' }),
      )
      .demandCommand(1, 'config needs one of get, set, unset, list'),
  handler: () => {},
};

async function list({ json }: { json: boolean }): Promise<void> {
  const { choicesOf, describePreference, preferenceNames, preferencesFile, readPreferences } = await import(
    '../preferences.ts'
  );
  const values = readPreferences();
  if (json) {
    process.stdout.write(`${JSON.stringify({ v: 1, file: preferencesFile, preferences: values })}\n`);
    return;
  }
  const { usualPreferences } = await import('../usual_preferences.ts');
  const usual = usualPreferences();
  for (const name of preferenceNames) {
    const value = values[name] ?? (usual[name] === undefined ? '–' : `(${usual[name]})`);
    const choices = choicesOf(name);
    const meaning = [describePreference(name), ...(choices.length > 0 ? [choices.join(', ')] : [])].join(': ');
    process.stdout.write(`${name.padEnd(12)}${String(value).padEnd(12)}  ${meaning}\n`);
  }
  process.stdout.write('(…) holds while nothing is set; npx incline config set NAME VALUE, config unset NAME\n');
}

async function get({ name }: { name: string }): Promise<void> {
  const { preferenceNamed, readPreferences } = await import('../preferences.ts');
  process.stdout.write(`${readPreferences()[preferenceNamed(name)] ?? ''}\n`);
}

async function set({ name, value }: { name: string; value: string }): Promise<void> {
  const { preferenceNamed, readPreferences, writePreference } = await import('../preferences.ts');
  const { usualPreferences } = await import('../usual_preferences.ts');
  const preference = preferenceNamed(name);
  await writePreference(preference, value);
  const stored = readPreferences()[preference];
  const usual = usualPreferences()[preference];
  const unset = usual === undefined ? 'is not set' : `is not set: ${usual}`;
  process.stdout.write(`${preference} ${stored === undefined ? unset : `is ${stored}`}\n`);
}
