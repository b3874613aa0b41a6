import type { Argv, CommandModule } from 'yargs';
import type { Setting } from '../../presets/resolve.ts';

interface ListArguments {
  json: boolean;
}

interface ShowArguments {
  preset: string;
  set: string[];
  json: boolean;
}

interface ValidateArguments {
  files: string[];
}

/** `presets list|show|validate`. */
export const presetsCommand: CommandModule = {
  command: 'presets',
  describe: 'List, show or validate named configurations',
  builder: (command) =>
    command
      .command<ListArguments>('list', 'Names and titles', asJson, list)
      .command<ShowArguments>(
        'show <preset>',
        'Every resolved value and where it came from',
        (show) =>
          asJson(show)
            .positional('preset', { type: 'string', demandOption: true, describe: 'name or file.json' })
            .option('set', { type: 'string', array: true, nargs: 1, default: [], describe: 'path=value (repeatable)' }),
        show,
      )
      .command<ValidateArguments>(
        'validate [files..]',
        'Check presets by name or file (all that ship, unless named)',
        (validate) => validate.positional('files', { type: 'string', array: true, default: [] }),
        validate,
      )
      .demandCommand(1, 'presets needs one of list, show, validate'),
  handler: () => {},
};

function asJson<T>(command: Argv<T>): Argv<T & { json: boolean }> {
  return command.option('json', { type: 'boolean', default: false, describe: 'print JSON' });
}

async function list({ json }: ListArguments): Promise<void> {
  const { loadPreset, presetNames } = await import('../../presets/load.ts');
  const { resolveConfig } = await import('../../presets/resolve.ts');
  const presets = presetNames().flatMap((name) => {
    try {
      const { raw, where } = loadPreset(name);
      return [{ name, title: resolveConfig(raw, where).config.title }];
    } catch (error) {
      // One broken file does not hide the others.
      process.stderr.write(`incline: ${(error as Error).message}\n`);
      return [];
    }
  });
  if (json) return print(JSON.stringify({ v: 1, presets }));
  const width = Math.max(...presets.map(({ name }) => name.length));
  for (const { name, title } of presets) print(`${name.padEnd(width)}  ${title}`);
}

async function show({ preset, set, json }: ShowArguments): Promise<void> {
  const { loadPreset } = await import('../../presets/load.ts');
  const { leaves, parseSetting, resolveConfig } = await import('../../presets/resolve.ts');
  const { describeKeys } = await import('../../presets/schema.ts');
  const { createExperiment } = await import('../../trainer/session/experiment.ts');
  const { tasks } = await import('../../tasks/registry.ts');
  const { wrapText } = await import('../../plot/text.ts');
  const settings: Setting[] = set.map(parseSetting);
  const { raw, where } = loadPreset(preset);
  const { config, origins } = resolveConfig(raw, where, settings);
  createExperiment(config, where);
  const rows = leaves(config).filter(([path]) => path !== 'title' && path !== 'description');
  const { openChoices = {} } = tasks.get(config.task.name)!;
  const open = rows.flatMap(([path]) => (openChoices[path] === undefined ? [] : [[path, openChoices[path]] as const]));
  if (json) return print(JSON.stringify({ v: 1, config, origins, open: Object.fromEntries(open) }));
  const facts = describeKeys(config.task.name, config.model.name);
  const pathWidth = Math.max(...rows.map(([path]) => path.length));
  const valueWidth = Math.max(...rows.map(([, value]) => JSON.stringify(value).length));
  print(`${config.title}\n${config.description}\n`);
  for (const [path, value] of rows) {
    const description = facts.get(path)?.description ?? '';
    const text = JSON.stringify(value);
    print(
      `${path.padEnd(pathWidth)}  ${text.padStart(valueWidth)}  ${origins[path]!.padEnd(7)}  ${description}`.trimEnd(),
    );
  }
  if (open.length === 0) return;
  print('\nLeft open by the paper, and what is taken instead');
  for (const [path, text] of open)
    print(
      `${path}\n${wrapText(text, textWidth)
        .map((line) => `  ${line}`)
        .join('\n')}`,
    );
}

/** Cells in which running text is easy to read. */
const textWidth = 96;

async function validate({ files }: ValidateArguments): Promise<void> {
  const { loadPreset, presetNames } = await import('../../presets/load.ts');
  const { resolveConfig } = await import('../../presets/resolve.ts');
  const { createExperiment } = await import('../../trainer/session/experiment.ts');
  const named = files.filter((file) => !file.endsWith('schema.json'));
  for (const name of files.length > 0 ? named : presetNames()) {
    const { raw, where } = loadPreset(name);
    createExperiment(resolveConfig(raw, where).config, where);
    print(`${where}: ok`);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
