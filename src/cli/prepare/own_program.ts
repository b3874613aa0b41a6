import { resolve } from 'node:path';
import { loadedPlugins } from '../../store/plugin_records.ts';
import { pluginPatience } from '../../trainer/plugins/guard.ts';

/** Entry file of this program, for processes that it starts. */
export const ownProgram = resolve(process.argv[1]!);

/** What tells such a process of the plugins of this command line. */
export function pluginWords(): string[] {
  const named = loadedPlugins().flatMap(({ file }) => ['--plugin', file]);
  return named.length > 0 ? [...named, '--plugin-patience', String(pluginPatience())] : [];
}
