import { leaves } from '../../core/record.ts';
import { wrapText } from '../../plot/text.ts';
import { loadPreset, presetNames } from '../../presets/load.ts';
import { type Resolved, resolveConfig } from '../../presets/resolve.ts';
import { describeKeys } from '../../presets/schema.ts';
import { secondsOf, timeText } from '../../presets/times.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { tasks } from '../../tasks/registry.ts';
import { createExperiment } from '../../trainer/session/experiment.ts';
import { flagSettings } from '../options/settings.ts';
import type { Flags } from '../options/table.ts';
import { print, printJson, tell } from '../output/output.ts';

/** Names, times and titles. */
export function listPresets(json: boolean): void {
  const presets = presetNames().flatMap((name) => {
    try {
      const { raw, where } = loadPreset(name);
      const { config } = resolveConfig(raw, where);
      const seconds = secondsOf(name, config);
      return [{ name, title: config.title, ...(seconds !== undefined && { seconds }) }];
    } catch (error) {
      // One broken file does not hide the others.
      tell(`incline: ${(error as Error).message}`);
      return [];
    }
  });
  if (json) {
    printJson({ v: 1, presets });
    return;
  }
  const rows = presets.map(({ name, title, seconds }) => [name, timeText(seconds), title]);
  const [names, times] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const [name, time, title] of rows) print(`${name!.padEnd(names!)}  ${time!.padStart(times!)}  ${title}`);
  print(
    '',
    'Times are of two free cores, of longer runs by their first steps, from an hour on with ≈; faster where a GPU computes.',
    'incline presets show NAME: every setting.',
  );
}

/** Every resolved value of a preset and where it came from. */
export function showPreset({ preset, set, json }: Flags<'set' | 'json'> & { preset: string }): void {
  const { raw, where } = loadPreset(preset);
  const { config, origins } = resolveConfig(raw, where, flagSettings({ set }, {}));
  createExperiment(config, where);
  const { openChoices = {} } = tasks.get(config.task.name)!;
  const open = shownLeaves(config).flatMap(([path]) =>
    openChoices[path] === undefined ? [] : [[path, openChoices[path]] as const],
  );
  if (json) printJson({ v: 1, config, origins, open: Object.fromEntries(open) });
  else printResolved({ config, origins }, open);
}

function printResolved({ config, origins }: Resolved, open: readonly (readonly [path: string, text: string])[]): void {
  const rows = shownLeaves(config);
  const facts = describeKeys(config.task.name, config.model.name);
  const pathWidth = Math.max(...rows.map(([path]) => path.length));
  const valueWidth = Math.max(...rows.map(([, value]) => JSON.stringify(value).length));
  print(config.title, config.description, '');
  for (const [path, value] of rows) {
    const description = facts.get(path)?.description ?? '';
    const text = JSON.stringify(value);
    print(
      `${path.padEnd(pathWidth)}  ${text.padStart(valueWidth)}  ${origins[path]!.padEnd(7)}  ${description}`.trimEnd(),
    );
  }
  if (open.length === 0) return;
  print('', 'Left open by the paper, and what is taken instead');
  for (const [path, text] of open) print(path, ...wrapText(text, textWidth).map((line) => `  ${line}`));
}

/** Values by their key paths, but for those that say what the whole is. */
const shownLeaves = (config: RunConfig) =>
  leaves(config).filter(([path]) => path !== 'title' && path !== 'description');

/** Cells in which running text is easy to read. */
const textWidth = 96;

/** @param files names too; none for all presets that ship @throws UserError for the first that is not valid */
export function validatePresets(files: readonly string[]): void {
  const named = files.filter((file) => !file.endsWith('schema.json'));
  for (const name of files.length > 0 ? named : presetNames()) {
    const { raw, where } = loadPreset(name);
    createExperiment(resolveConfig(raw, where).config, where);
    print(`${where}: ok`);
  }
}
