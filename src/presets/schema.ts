import { z } from 'zod';
import { models } from '../models/registry.ts';
import { commonShape } from '../protocol/config.ts';
import { tasks } from '../tasks/registry.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** JSON Schema of a preset file, for editors: `presets/schema.json` is this, written out. */
export function presetSchema(): JsonSchema {
  const common = toJson(z.strictObject(commonShape));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'incline preset',
    description:
      'A named configuration of a run: a task, a model that learns it in context, and how to train and measure.',
    ...common,
    properties: { ...common.properties, task: oneOf(tasks), model: oneOf(models) },
    required: ['task', 'model'],
  };
}

/** What the schema says of one key path: description, default, range. */
export interface KeyFacts {
  readonly description: string;
  readonly fallback: unknown;
}

/** Facts of every key of a configuration with this task and model, by key path. */
export function describeKeys(task: string, model: string): ReadonlyMap<string, KeyFacts> {
  const facts = new Map<string, KeyFacts>();
  const walk = (schema: JsonSchema, path: string): void => {
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      const inner = value as JsonSchema;
      const at = path ? `${path}.${key}` : key;
      if (inner.properties) walk(inner, at);
      else facts.set(at, { description: inner.description ?? '', fallback: inner.default });
    }
  };
  walk(toJson(z.strictObject(commonShape)), '');
  walk(section(task, tasks), 'task');
  walk(section(model, models), 'model');
  return facts;
}

/** Every key path that a configuration of some task and some model has. */
export function configPaths(): string[] {
  const [anyTask, anyModel] = [[...tasks.keys()][0]!, [...models.keys()][0]!];
  const pairs = [
    ...[...tasks.keys()].map((task) => [task, anyModel]),
    ...[...models.keys()].map((model) => [anyTask, model]),
  ];
  const paths = pairs.flatMap(([task, model]) => [...describeKeys(task!, model!).keys()]);
  return [...new Set(paths)].filter((path) => path !== '$schema');
}

type Registry = ReadonlyMap<string, { readonly title: string; readonly schema: z.ZodType }>;

function oneOf(registry: Registry): JsonSchema {
  return { oneOf: [...registry.keys()].map((name) => section(name, registry)) };
}

function section(name: string, registry: Registry): JsonSchema {
  const definition = registry.get(name)!;
  const schema = toJson(definition.schema);
  return {
    title: definition.title,
    ...schema,
    properties: { name: { const: name, description: definition.title }, ...schema.properties },
    required: ['name', ...(schema.required ?? [])],
  };
}

function toJson(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' });
  return json;
}
