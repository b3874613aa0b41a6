import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { models } from '../models/registry.ts';
import { commonShape, type NamedSection, type RunConfig } from '../protocol/config.ts';
import { tasks } from '../tasks/registry.ts';
import { complain, nearest } from './complaints.ts';

/** `--set path=value`: a value given on the command line, by key path. */
export interface Setting {
  readonly path: string;
  readonly value: unknown;
}

export type Origin = 'default' | 'preset' | 'flag';

/** A configuration with every value present, and where each came from (key path → origin). */
export interface Resolved {
  readonly config: RunConfig;
  readonly origins: Readonly<Record<string, Origin>>;
}

const named = z.looseObject({ name: z.string() });
const topLevel = z.strictObject({ ...commonShape, task: named, model: named });
const registries = { task: tasks, model: models } as const;

/**
 * Checks a preset's JSON and fills in every default.
 * @param where file or preset name, for messages
 * @throws UserError naming file, key path, what was expected and the nearest valid name
 */
export function resolveConfig(raw: unknown, where: string, settings: readonly Setting[] = []): Resolved {
  if (!isRecord(raw)) {
    throw new UserError({ where, what: 'not a JSON object', expected: 'an object with "task" and "model"' });
  }
  const flags = new Set(settings.map((setting) => setting.path));
  const whereIs = (path: string): string => (flags.has(path) ? '--set' : where);
  const given = settings.reduce((value, setting) => assign(value, setting, where), raw);
  const top = topLevel.safeParse(given);
  if (!top.success) {
    throw complain({ error: top.error, value: given, prefix: [], keys: keysOf(top.error, topLevel) }, whereIs);
  }
  const { $schema: _, task, model, ...common } = top.data;
  const config: RunConfig = {
    ...common,
    task: resolveSection('task', task, whereIs),
    model: resolveSection('model', model, whereIs),
  };
  const origins = Object.fromEntries(
    leaves(config).map(([path]) => [
      path,
      flags.has(path) ? 'flag' : lookUp(raw, path) === undefined ? 'default' : 'preset',
    ]),
  ) as Record<string, Origin>;
  return { config, origins };
}

/** Splits `path=value`; the value is JSON where it parses as such, else text. @throws UserError without a `=` */
export function parseSetting(text: string): Setting {
  const equals = text.indexOf('=');
  if (equals <= 0) {
    throw new UserError({
      where: '--set',
      what: `"${text}" has no value`,
      expected: 'path=value, e.g. train.steps=500',
    });
  }
  const word = text.slice(equals + 1);
  let value: unknown = word;
  try {
    value = JSON.parse(word);
  } catch {
    // Bare words such as `raw` are text.
  }
  return { path: text.slice(0, equals), value };
}

/** Every value of a configuration with its key path, e.g. `train.steps`. */
export function leaves(value: unknown, path = ''): [string, unknown][] {
  if (!isRecord(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
}

function resolveSection(
  kind: 'task' | 'model',
  section: z.infer<typeof named>,
  whereIs: (path: string) => string,
): NamedSection {
  const registry: ReadonlyMap<string, { readonly schema: z.ZodType }> = registries[kind];
  const { name, ...parameters } = section;
  const definition = registry.get(name);
  if (!definition) {
    const names = [...registry.keys()];
    throw new UserError({
      where: whereIs(`${kind}.name`),
      what: `unknown ${kind} "${name}" (${kind}.name)`,
      expected: `one of ${names.join(', ')}`,
      fix: nearest(name, names),
    });
  }
  const { schema } = definition;
  const parsed = schema.safeParse(parameters);
  if (!parsed.success) {
    throw complain(
      { error: parsed.error, value: parameters, prefix: [kind], keys: keysOf(parsed.error, schema) },
      whereIs,
    );
  }
  return { name, ...(parsed.data as Record<string, unknown>) };
}

/** Valid keys of the object in which the first problem lies. */
function keysOf(error: z.ZodError, schema: z.ZodType): string[] {
  let at = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as z.core.JSONSchema.JSONSchema;
  for (const key of error.issues[0]!.path) at = (at.properties?.[String(key)] as typeof at) ?? {};
  return Object.keys(at.properties ?? {}).filter((key) => key !== '$schema');
}

function assign(value: Record<string, unknown>, setting: Setting, where: string): Record<string, unknown> {
  const [head, ...rest] = setting.path.split('.');
  if (rest.length === 0) return { ...value, [head!]: setting.value };
  const inner = value[head!] ?? {};
  if (!isRecord(inner)) {
    throw new UserError({
      where,
      what: `--set ${setting.path}: ${head} holds a single value`,
      fix: `set ${head} itself`,
    });
  }
  return { ...value, [head!]: assign(inner, { path: rest.join('.'), value: setting.value }, where) };
}

function lookUp(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
