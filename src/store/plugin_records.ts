import { UserError } from '../core/errors.ts';
import type { RunConfig } from '../protocol/config.ts';

/** A user's own file and what it brought, as `run.json` records it. */
export interface PluginRecord {
  /** Absolute path. */
  readonly file: string;
  /** Of its bytes. */
  readonly sha256: string;
  /** Hashes of what it imports by relative paths, by their path as seen from its folder. */
  readonly imports?: Readonly<Record<string, string>>;
  readonly task?: string;
  readonly model?: string;
  /** The run, begun with other bytes, that the user let it go on from. */
  readonly changed_since?: string;
}

/** Whether part of a file has the form of a record. */
export function isPluginRecord(value: unknown): value is PluginRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { file, sha256, imports = {}, task, model, changed_since } = value as Record<string, unknown>;
  const names = [task, model].filter((name) => name !== undefined);
  const texts = [file, sha256, ...names, changed_since ?? '', ...Object.values(imports ?? [0])];
  return typeof imports === 'object' && texts.every((text) => typeof text === 'string') && names.length > 0;
}

const loaded = new Map<string, PluginRecord>();
let takesChanged = false;

/** The plugins that the command line of this process named. */
export const loadedPlugins = (): readonly PluginRecord[] => [...loaded.values()];

export function recordPlugin(plugin: PluginRecord): void {
  loaded.set(plugin.file, plugin);
}

/** Whether runs go on with plugins that are no longer what they were made with. */
export function takeChangedPlugins(): void {
  takesChanged = true;
}

/** The plugins that this task and model come from. */
export function pluginsOf({ task, model }: Pick<RunConfig, 'task' | 'model'>): PluginRecord[] {
  return loadedPlugins().filter((plugin) => plugin.task === task.name || plugin.model === model.name);
}

/**
 * Where the user said so, a plugin that has changed is taken all the same, which its record then tells.
 * @param recorded plugins of a run, as its folder has them: data, of which nothing is run
 * @returns what is to be said of those that were taken though they had changed
 * @throws UserError when one of them was not named on the command line, or is no longer what it was
 */
export function requirePlugins(recorded: readonly PluginRecord[], run: string): readonly string[] {
  const taken: PluginRecord[] = [];
  for (const before of recorded) {
    const { file, task, model } = before;
    const now = loadedPlugins().find((one) => (task && one.task === task) || (model && one.model === model));
    if (!now) {
      const what = `made with the plugin ${file}, which runs only when you name it`;
      throw new UserError({ where: run, what, fix: `add --plugin ${file}` });
    }
    const change = changeBetween(before, now);
    if (change === undefined) continue;
    if (!takesChanged) {
      const fix = 'restore that version, start a new run, or go on with it as it is: --plugin-changed';
      throw new UserError({ where: now.file, what: `no longer the plugin that ${run} was made with (${change})`, fix });
    }
    const record = { ...now, changed_since: run };
    loaded.set(now.file, record);
    taken.push(record);
  }
  return changeNotices(taken);
}

/** What is to be said of plugins that were taken though they had changed. */
export function changeNotices(recorded: readonly PluginRecord[]): string[] {
  return recorded.flatMap(({ file, changed_since }) =>
    changed_since === undefined
      ? []
      : `${file} is no longer the plugin that ${changed_since} was made with; taken as it is`,
  );
}

/** The files that differ; undefined when none does. What an older record does not tell counts as the same. */
function changeBetween(before: PluginRecord, now: PluginRecord): string | undefined {
  const sha = (hash: string | undefined) => (hash === undefined ? 'not there' : `${hash.slice(0, 12)}…`);
  const changes: string[] = [];
  if (before.sha256 !== now.sha256) changes.push(`sha256 ${sha(now.sha256)}, then ${sha(before.sha256)}`);
  const names = before.imports ? new Set([...Object.keys(before.imports), ...Object.keys(now.imports ?? {})]) : [];
  for (const name of names) {
    const [then, today] = [before.imports?.[name], now.imports?.[name]];
    if (then !== today) changes.push(`it imports ${name}, sha256 ${sha(today)}, then ${sha(then)}`);
  }
  return changes.length > 0 ? changes.join('; ') : undefined;
}
