import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { addModel, models } from '../../models/registry.ts';
import type { RunConfig } from '../../protocol/config.ts';
import { addTask, tasks } from '../../tasks/registry.ts';
import { toolkit } from './plugin_toolkit.ts';

/** A user's own file and what it brought, as `run.json` records it. */
export interface PluginRecord {
  /** Absolute path. */
  readonly file: string;
  /** Of its bytes; of what it imports nothing is recorded. */
  readonly sha256: string;
  readonly task?: string;
  readonly model?: string;
}

/** Whether part of a file has the form of a record. */
export function isPluginRecord(value: unknown): value is PluginRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { file, sha256, task, model } = value as Record<string, unknown>;
  const names = [task, model].filter((name) => name !== undefined);
  return [file, sha256, ...names].every((text) => typeof text === 'string') && names.length > 0;
}

/** What tasks and models have in common. */
interface Definition {
  readonly name: string;
  readonly title: string;
  readonly schema: z.ZodType;
  create(...settings: unknown[]): unknown;
}

const kinds = {
  task: { known: tasks, add: addTask },
  model: { known: models, add: addModel },
} as const;

type Kind = keyof typeof kinds;

const loaded = new Map<string, PluginRecord>();

/** The plugins that the command line of this process named. */
export const loadedPlugins = (): readonly PluginRecord[] => [...loaded.values()];

/**
 * Runs a user's JavaScript module and adds its `task` and `model`, exported by name or as properties of the default export,
 * each a definition as in the contracts or a function that makes one from the toolkit. Only ever called for files that the
 * user named on the command line.
 * @throws UserError when the file is missing, fails, or holds nothing of the kind
 */
export async function loadPlugin(path: string): Promise<void> {
  const file = resolve(path);
  const sha256 = hashOf(file);
  if (loaded.get(file)?.sha256 === sha256) return;
  const exported = await exportsOf(file);
  const found = (Object.keys(kinds) as Kind[]).flatMap((kind) => {
    const value = exported[kind];
    return value === undefined ? [] : [[kind, definitionOf(kind, value, file)] as const];
  });
  if (found.length === 0) {
    throw new UserError({
      where: file,
      what: 'this plugin has no task and no model',
      expected: 'an export named task or model',
    });
  }
  for (const [kind, definition] of found) kinds[kind].add(definition as never);
  loaded.set(file, { file, sha256, ...Object.fromEntries(found.map(([kind, { name }]) => [kind, name])) });
}

/** The plugins that this task and model come from. */
export function pluginsOf({ task, model }: Pick<RunConfig, 'task' | 'model'>): PluginRecord[] {
  return loadedPlugins().filter((plugin) => plugin.task === task.name || plugin.model === model.name);
}

/**
 * @param recorded plugins of a run, as its folder has them: data, of which nothing is run
 * @throws UserError when one of them was not named on the command line, or is no longer what it was
 */
export function requirePlugins(recorded: readonly PluginRecord[], where: string): void {
  for (const { file, sha256, task, model } of recorded) {
    const same = loadedPlugins().find((one) => (task && one.task === task) || (model && one.model === model));
    if (!same) {
      const what = `made with the plugin ${file}, which runs only when you name it`;
      throw new UserError({ where, what, fix: `add --plugin ${file}` });
    }
    if (same.sha256 === sha256) continue;
    throw new UserError({
      where: same.file,
      what: `no longer the plugin that ${where} was made with (sha256 ${same.sha256.slice(0, 12)}…, then ${sha256.slice(0, 12)}…)`,
      fix: 'restore that version, or start a new run',
    });
  }
}

function hashOf(file: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UserError({
      where: file,
      what: missing ? 'no such plugin' : `cannot be read (${(error as Error).message})`,
      expected: 'a JavaScript module',
    });
  }
}

async function exportsOf(file: string): Promise<{ readonly [kind in Kind]?: unknown }> {
  try {
    const module = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
    const fallback = module['default'];
    return typeof fallback === 'object' && fallback !== null ? { ...fallback, ...module } : module;
  } catch (error) {
    throw new UserError({
      where: file,
      what: `this plugin does not load (${described(error)})`,
      expected: 'an ECMAScript module; TypeScript must be compiled first',
    });
  }
}

function definitionOf(kind: Kind, exported: unknown, file: string): Definition {
  const value =
    typeof exported === 'function' ? called(exported as (kit: typeof toolkit) => unknown, kind, file) : exported;
  const definition = value as Partial<Definition> | null | undefined;
  const refuse = (what: string, expected: string): never => {
    throw new UserError({ where: file, what: `${kind} ${what}`, expected });
  };
  if (typeof definition !== 'object' || definition === null) return refuse('is no object', 'a definition');
  const { name, title, schema, create } = definition;
  if (typeof name !== 'string' || !/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name))
    return refuse('has no usable name', 'a name in snake_case');
  if (typeof title !== 'string' || title === '') return refuse(`${name} has no title`, 'a few words');
  if (typeof create !== 'function') return refuse(`${name} has no create`, 'a function');
  if (!isObjectSchema(schema)) return refuse(`${name} has no schema of its keys`, 'z.strictObject({ … })');
  const before = loadedPlugins().find((plugin) => plugin[kind] === name);
  if (kinds[kind].known.has(name)) {
    return refuse(`${name} exists already${before ? `, from ${before.file}` : ''}`, 'a name of its own');
  }
  return definition as Definition;
}

function called(make: (kit: typeof toolkit) => unknown, kind: Kind, file: string): unknown {
  try {
    return make(toolkit);
  } catch (error) {
    throw new UserError({ where: file, what: `its function ${kind} failed (${described(error)})` });
  }
}

function isObjectSchema(schema: unknown): boolean {
  try {
    return z.toJSONSchema(schema as z.ZodType, { io: 'input' }).type === 'object';
  } catch {
    return false;
  }
}

/** What a plugin threw, as one line says it. */
export function described(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
