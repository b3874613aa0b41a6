import { resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { addModel, models } from '../../models/registry.ts';
import { loadedPlugins, recordPlugin } from '../../store/plugin_records.ts';
import { addTask, tasks } from '../../tasks/registry.ts';
import { guardedModel, guardedTask } from './contracts.ts';
import { ownFiles, PluginFault } from './fault.ts';
import { Given, kindOf } from './given.ts';
import { guarded } from './guard.ts';
import { readPlugin } from './imports.ts';
import { measuresGiven } from './measures.ts';
import { exportsOf } from './module.ts';
import { watchPlugins } from './output.ts';
import { toolkitOf } from './plugin_toolkit.ts';

/** What tasks and models have in common. */
interface Definition {
  readonly name: string;
  readonly title: string;
  readonly schema: z.ZodType;
  readonly openChoices?: Readonly<Record<string, string>>;
  create(...settings: unknown[]): unknown;
}

const kinds = {
  task: {
    known: tasks,
    add: (definition: Definition, file: string) => addTask(guardedTask(definition as never, file)),
  },
  model: {
    known: models,
    add: (definition: Definition, file: string) => addModel(guardedModel(definition as never, file)),
  },
} as const;

type Kind = keyof typeof kinds;

/**
 * Runs a user's JavaScript module and adds its `task` and `model`, exported by name or as properties of the default export,
 * each a definition as in the contracts or a function that makes one from the toolkit. Only ever called for files that the
 * user named on the command line.
 * @throws UserError when the file is missing, fails, or holds nothing of the kind
 */
export async function loadPlugin(path: string): Promise<void> {
  const file = resolve(path);
  const { sha256, imports, files } = readPlugin(file);
  if (loadedPlugins().some((one) => one.file === file && one.sha256 === sha256)) return;
  ownFiles(file, files);
  watchPlugins();
  const exported = await exportsOf(file, files);
  const found = (Object.keys(kinds) as Kind[]).flatMap((kind) => {
    const value = exported[kind];
    return value === undefined ? [] : [[kind, definitionOf(kind, value, file)] as const];
  });
  if (found.length === 0) {
    const expected = 'an export named task or model';
    throw new UserError({ where: file, what: 'this plugin has no task and no model', expected });
  }
  for (const [kind, definition] of found) kinds[kind].add(definition, file);
  const names = Object.fromEntries(found.map(([kind, { name }]) => [kind, name]));
  recordPlugin({ file, sha256, ...(files.length > 1 && { imports }), ...names });
}

function definitionOf(kind: Kind, exported: unknown, file: string): Definition {
  const value =
    typeof exported === 'function'
      ? guarded({ file, doing: `its function ${kind}` }, () => exported(toolkitOf(file)) as unknown)
      : exported;
  const refuse = (what: string, expected: string): never => {
    throw new PluginFault({ where: file, what: `${kind} ${what}`, expected });
  };
  if (typeof value !== 'object' || value === null || value instanceof Promise)
    return refuse(`is no object but ${kindOf(value)}`, 'a definition');
  const { name, title, schema, create, openChoices } = value as Partial<Definition>;
  if (typeof name !== 'string' || !/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name))
    return refuse('has no usable name', 'a name in snake_case');
  if (typeof title !== 'string' || title === '') return refuse(`${name} has no title`, 'a few words');
  if (typeof create !== 'function') return refuse(`${name} has no create`, 'a function');
  if (!isObjectSchema(schema)) return refuse(`${name} has no schema of its keys`, 'z.strictObject({ … })');
  const before = loadedPlugins().find((plugin) => plugin[kind] === name);
  if (kinds[kind].known.has(name)) {
    return refuse(`${name} exists already${before ? `, from ${before.file}` : ''}`, 'a name of its own');
  }
  const texts = new Given(file, `${kind} ${name}`, { openChoices: openChoices ?? {} });
  const given = new Given(file, `${kind} ${name}`, value);
  return {
    name,
    title,
    schema: schema as z.ZodType,
    ...measuresGiven(given),
    ...(given.has('pictured') && { pictured: given.value('pictured', 'a list of names', areNames) }),
    openChoices: texts.record('openChoices', (part, key) =>
      part.value<string>(key, 'a text', (one) => typeof one === 'string'),
    ),
    create: create.bind(value),
  };
}

function areNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isObjectSchema(schema: unknown): boolean {
  try {
    return z.toJSONSchema(schema as z.ZodType, { io: 'input' }).type === 'object';
  } catch {
    return false;
  }
}
