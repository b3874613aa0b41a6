import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadPreset, presetNames } from '../../src/presets/load.ts';
import { parseSetting, resolveConfig } from '../../src/presets/resolve.ts';
import { describeKeys, presetSchema } from '../../src/presets/schema.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';

const written = JSON.parse(readFileSync(new URL('../../presets/schema.json', import.meta.url), 'utf8'));
/** The schema as an editor reads it from the file. */
const schema = z.fromJSONSchema(written);

it('presets/schema.json is what the code says', () => {
  expect(written).toEqual(JSON.parse(JSON.stringify(presetSchema())));
});

describe.each(presetNames())('preset %s', (name) => {
  const { raw, where } = loadPreset(name);

  it('obeys the schema it names', () => {
    expect((raw as { $schema: string }).$schema).toBe('./schema.json');
    expect(schema.safeParse(raw).error).toBeUndefined();
  });

  it('makes a task and a model that go together', () => {
    createExperiment(resolveConfig(raw, where).config, where);
  });

  it('has a description for every key', () => {
    const { config } = resolveConfig(raw, where);
    const facts = describeKeys(config.task.name, config.model.name);
    for (const section of ['task', 'model', 'train', 'evaluate', 'probe', 'snapshot', 'prune'] as const) {
      for (const key of Object.keys(config[section])) {
        expect(facts.get(`${section}.${key}`)?.description, `${section}.${key}`).not.toBe('');
      }
    }
  });
});

/** Editors must warn of just what the program refuses, as far as a schema can tell. */
it.each([
  'modle=1',
  'train.Steps=1',
  'task.token=1',
  'model.name=encodr',
  'train.steps=1.5',
  'train.steps=many',
  'train.momentum=1',
  'train.learning_rate=0',
  'train.optimizer=sgdd',
  'train.unroll=0',
  'model.heads=0',
  'seed=-1',
])('the schema refuses %s, as the program does', (text) => {
  const { raw, where } = loadPreset('yang-tiny');
  const { path, value } = parseSetting(text);
  const [section, key] = path.split('.') as [string, string | undefined];
  const changed = structuredClone(raw) as Record<string, Record<string, unknown>>;
  if (key === undefined) (changed as Record<string, unknown>)[section] = value;
  else changed[section] = { ...changed[section], [key]: value };
  expect(schema.safeParse(changed).success).toBe(false);
  expect(() => resolveConfig(changed, where)).toThrow();
});
