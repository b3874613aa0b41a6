import { describe, expect, it } from 'vitest';
import { leaves } from '../../src/core/record.ts';
import { loadPreset, presetNames } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { describeKeys } from '../../src/presets/schema.ts';
import { tasks } from '../../src/tasks/registry.ts';

const yang = tasks.get('representation_regression')!.openChoices!;

it('are said of keys that there are', () => {
  const keys = ['multi_head_softmax', 'encoder'].flatMap((model) => [
    ...describeKeys('representation_regression', model).keys(),
  ]);
  expect(keys).toEqual(expect.arrayContaining(Object.keys(yang)));
});

describe.each(presetNames().filter((name) => name.startsWith('yang-')))('%s', (name) => {
  const { raw, where } = loadPreset(name);
  const { config } = resolveConfig(raw, where);
  const explained = leaves(config).flatMap(([path]) => (yang[path] === undefined ? [] : [path]));

  it('explains what the paper leaves open: noise, tokens, prompts, head counts, steps', () => {
    const always = ['task.noise', 'task.token_norm', 'task.training_set', 'model.heads', 'train.steps'];
    expect(explained).toEqual(expect.arrayContaining(always));
  });

  it.runIf(config.model.name === 'encoder')('explains the architecture of its four layers', () => {
    const architecture = ['model.layers', 'model.activation', 'model.positions', 'model.attend'];
    expect(explained).toEqual(expect.arrayContaining(architecture));
  });
});
