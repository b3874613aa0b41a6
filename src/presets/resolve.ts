import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { shortened } from '../core/format.ts';
import { nearest } from '../core/nearest.ts';
import { isRecord, leaves } from '../core/record.ts';
import { MetricCatalogue } from '../metrics/catalogue.ts';
import { knownMeasures } from '../models/known/measures.ts';
import { models } from '../models/registry.ts';
import { commonShape, type NamedSection, type RunConfig } from '../protocol/config.ts';
import { tasks } from '../tasks/registry.ts';
import { complain } from './complaints.ts';
import { describeKeys } from './schema.ts';

/** `--set path=value`: a value given on the command line, by key path. */
export interface Setting {
  readonly path: string;
  readonly value: unknown;
  /** The flag that gave it, for messages; `--set` unless said. */
  readonly flag?: string;
}

type Origin = 'default' | 'preset' | 'flag';

/** A configuration with every value present, and where each came from (key path → origin). */
export interface Resolved {
  readonly config: RunConfig;
  readonly origins: Readonly<Record<string, Origin>>;
}

/** Key paths are shorter; a longer one on the command line is a slip. */
const longestPath = 100;

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
  const isWithin = (path: string, outer: string): boolean => path === outer || path.startsWith(`${outer}.`);
  const whereIs = (path: string): string => {
    const setting = settings.findLast((one) => isWithin(path, one.path) || isWithin(one.path, path));
    return setting ? (setting.flag ?? '--set') : where;
  };
  const given = settings.reduce(assign, raw);
  const flagged = settings.reduce(assign, {});
  const top = topLevel.safeParse(given);
  if (!top.success) {
    const keys = keysOf(top.error, topLevel);
    throw complain({ error: top.error, value: given, prefix: [], keys, paths: pathsOf(given) }, whereIs);
  }
  const { $schema: _, task: _task, model: _model, ...common } = top.data;
  const config: RunConfig = {
    ...common,
    task: resolveSection('task', given, whereIs),
    model: resolveSection('model', given, whereIs),
  };
  requireChart(config.screen.curves, whereIs);
  const origins = Object.fromEntries(
    leaves(config).map(([path]) => {
      const isGiven = (by: unknown): boolean => lookUp(by, path) !== undefined;
      return [path, isGiven(flagged) ? 'flag' : isGiven(given) ? 'preset' : 'default'];
    }),
  ) as Record<string, Origin>;
  return { config, origins };
}

/** A decimal number as people write it, such as `.1`, `5.` or `+2`, which JSON refuses. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Splits `path=value`; the value is JSON or a number where it reads as such, else text. @throws UserError without a `=` */
export function parseSetting(text: string): Setting {
  const equals = text.indexOf('=');
  if (equals <= 0) {
    throw new UserError({
      where: '--set',
      what: `"${shortened(text)}" has no value`,
      expected: 'path=value, e.g. train.steps=500',
    });
  }
  if (equals > longestPath) {
    throw new UserError({
      where: '--set',
      what: `${shortened(text)} is too long for a key path`,
      expected: 'path=value',
    });
  }
  const word = text.slice(equals + 1);
  let value: unknown = word;
  try {
    value = JSON.parse(word);
  } catch {
    // Bare words such as `raw` are text.
    if (decimal.test(word)) value = Number(word);
  }
  return { path: text.slice(0, equals), value };
}

function resolveSection(
  kind: 'task' | 'model',
  given: Record<string, unknown>,
  whereIs: (path: string) => string,
): NamedSection {
  const registry: ReadonlyMap<string, { readonly schema: z.ZodType }> = registries[kind];
  // As given, not as `named` gives it back: that would silently drop a key `__proto__`.
  const { name, ...parameters } = given[kind] as z.infer<typeof named>;
  const definition = registry.get(name);
  if (!definition) {
    const names = [...registry.keys()];
    throw new UserError({
      where: whereIs(`${kind}.name`),
      what: `unknown ${kind} "${shortened(name)}" (${kind}.name)`,
      expected: `one of ${names.join(', ')}`,
      fix: `${nearest(name, names)} a ${kind} of your own needs --plugin FILE`.trim(),
    });
  }
  const { schema } = definition;
  const parsed = schema.safeParse(parameters);
  if (!parsed.success) {
    throw complain(
      {
        error: parsed.error,
        value: parameters,
        prefix: [kind],
        keys: keysOf(parsed.error, schema),
        paths: pathsOf(given),
      },
      whereIs,
    );
  }
  return { name, ...(parsed.data as Record<string, unknown>) };
}

/** @throws UserError unless some task or model has such a chart, be it another: a screen then shows that of the losses */
function requireChart(name: string, whereIs: (path: string) => string): void {
  const names = new MetricCatalogue(knownMeasures()).charts.map((chart) => chart.name);
  if (names.includes(name)) return;
  throw new UserError({
    where: whereIs('screen.curves'),
    what: `unknown chart "${shortened(name)}" (screen.curves)`,
    expected: `one of ${names.join(', ')}`,
    fix: nearest(name, names) || undefined,
  });
}

/** Valid keys of the object in which the first problem lies. */
function keysOf(error: z.ZodError, schema: z.ZodType): string[] {
  let at = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as z.core.JSONSchema.JSONSchema;
  for (const key of error.issues[0]!.path) at = (at.properties?.[String(key)] as typeof at) ?? {};
  return Object.keys(at.properties ?? {}).filter((key) => key !== '$schema');
}

/** Key paths of a configuration whose task and model are known; none where one is not. */
function pathsOf(given: Record<string, unknown>): string[] {
  const [task, model] = [lookUp(given, 'task.name'), lookUp(given, 'model.name')];
  if (typeof task !== 'string' || typeof model !== 'string') return [];
  return tasks.has(task) && models.has(model) ? [...describeKeys(task, model).keys()] : [];
}

function assign(value: Record<string, unknown>, setting: Setting): Record<string, unknown> {
  const [head, ...rest] = setting.path.split('.');
  if (rest.length === 0) return { ...value, [head!]: setting.value };
  const inner = own(value, head!) ?? {};
  if (!isRecord(inner)) {
    throw new UserError({
      where: '--set',
      what: `${head} holds a single value, so there is no ${head}.${rest.join('.')}`,
      fix: `set ${head} itself`,
    });
  }
  return { ...value, [head!]: assign(inner, { path: rest.join('.'), value: setting.value }) };
}

function lookUp(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isRecord(inner) ? own(inner, key) : undefined), value);
}

/** The value of a key that is the object's own, unlike `constructor`. */
function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
