import { takeChangedPlugins } from '../store/plugin_records.ts';
import { giveStrayFault, strayFault } from '../trainer/plugins/fault.ts';
import { setPluginPatience } from '../trainer/plugins/guard.ts';
import { loadPlugin } from '../trainer/plugins/plugins.ts';

interface PluginFlags {
  readonly patience: number | undefined;
  /** Take those that are no longer what a run was made with. */
  readonly changed: boolean;
}

/**
 * Loads the plugins that a command line names. What they throw where nobody waits for it (in timers, in promises) ends the
 * run that is trained here, or else the process.
 * @param report says what ended the process; returns its status
 */
export async function loadPlugins(
  files: readonly string[],
  { patience, changed }: PluginFlags,
  report: (error: unknown) => number,
): Promise<void> {
  if (patience !== undefined) setPluginPatience(patience);
  if (changed) takeChangedPlugins();
  process.on('uncaughtException', (error: unknown) => {
    const fault = strayFault(error);
    if (!fault || !giveStrayFault(fault)) process.exit(report(fault ?? error));
  });
  for (const file of files) await loadPlugin(file);
}
