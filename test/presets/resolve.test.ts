import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { packageFile } from '../../src/core/package_files.ts';
import { loadPreset, presetNames } from '../../src/presets/load.ts';
import { parseSetting, resolveConfig } from '../../src/presets/resolve.ts';
import { secondsOf, timesFile } from '../../src/presets/times.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const presets = presetNames().map((name) => ({ name, raw: loadPreset(name).raw as { [key: string]: Json } }));
const tiny = loadPreset('yang-tiny').raw;

/** The complaint about a configuration. */
function complaintOf(raw: unknown, ...settings: string[]): string {
  try {
    resolveConfig(raw, 'some.json', settings.map(parseSetting));
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe.each(presets)('preset $name', ({ name, raw }) => {
  it('resolves to itself with every default filled in', () => {
    const { config, origins } = resolveConfig(raw, name);
    const { $schema: _, ...given } = raw;
    expect(config).toMatchObject(given);
    expect(resolveConfig(config, name).config).toEqual(config);
    expect(origins['task.name']).toBe('preset');
    expect(origins['snapshot.keep']).toBe(raw['snapshot'] ? 'preset' : 'default');
  });

  it('has a title that fits a list and a description that says what one sees', () => {
    const { config } = resolveConfig(raw, name);
    expect(config.title.length).toBeGreaterThan(10);
    expect(config.title.length).toBeLessThanOrEqual(70);
    expect(config.description.length).toBeGreaterThan(80);
  });

  it('has settings for pruning that fit', () => {
    const { config } = resolveConfig(raw, name);
    const pruned = resolveConfig(config, name, config.prune.settings.map(parseSetting)).config;
    expect(() => createExperiment(pruned, name)).not.toThrow();
  });
});

it('times are of presets that there are, and none is nothing', () => {
  const { seconds } = JSON.parse(readFileSync(packageFile(timesFile), 'utf8')) as { seconds: Record<string, number> };
  for (const [name, own] of Object.entries(seconds)) {
    const { raw, where } = loadPreset(name);
    expect(own).toBeGreaterThan(0);
    expect(secondsOf(name, resolveConfig(raw, where).config)).toBeGreaterThanOrEqual(own);
  }
  expect(Object.keys(seconds).length).toBeGreaterThan(30);
});

describe('settings', () => {
  it('are read as JSON where they are JSON, else as text', () => {
    expect(parseSetting('train.steps=5')).toEqual({ path: 'train.steps', value: 5 });
    expect(parseSetting('task.token_norm=unit')).toEqual({ path: 'task.token_norm', value: 'unit' });
    expect(parseSetting('title=a=b')).toEqual({ path: 'title', value: 'a=b' });
    expect(parseSetting('title="5"')).toEqual({ path: 'title', value: '5' });
    expect(parseSetting('title=')).toEqual({ path: 'title', value: '' });
  });

  it('take numbers as people write them', () => {
    const values = ['.1', '-.5', '5.', '+2', '01', '1e-3', '.5E2'].map((word) => parseSetting(`a=${word}`).value);
    expect(values).toEqual([0.1, -0.5, 5, 2, 1, 0.001, 50]);
    const words = ['.', '-', '1.2.3', 'e5', '0x10', '1 2'].map((word) => parseSetting(`a=${word}`).value);
    expect(words).toEqual(['.', '-', '1.2.3', 'e5', '0x10', '1 2']);
  });

  it('override the preset, the later the earlier, and are recorded as flags', () => {
    const settings = ['seed=1', 'seed=2', 'train={"steps":7}', 'task.noise=0.5'].map(parseSetting);
    const { config, origins } = resolveConfig(tiny, 'tiny', settings);
    expect(config).toMatchObject({ seed: 2, train: { steps: 7, learning_rate: 0.001 }, task: { noise: 0.5 } });
    expect(origins).toMatchObject({
      seed: 'flag',
      'train.steps': 'flag',
      'train.learning_rate': 'default',
      'task.noise': 'flag',
      'task.tokens': 'preset',
    });
  });

  it('leave the preset as it was', () => {
    const before = JSON.stringify(tiny);
    resolveConfig(tiny, 'tiny', [parseSetting('train.steps=7')]);
    expect(JSON.stringify(tiny)).toBe(before);
  });
});

describe('complaints name the place, the key path, what was expected and the nearest name', () => {
  const cases: [string, () => string, RegExp][] = [
    [
      'unknown key',
      () => complaintOf({ ...(tiny as object), modle: {} }),
      /^some\.json: unknown key modle; .*did you mean model\?/,
    ],
    [
      'unknown nested key',
      () => complaintOf(tiny, 'train.Steps=1'),
      /^--set: unknown key train\.Steps; .*did you mean steps\?/,
    ],
    [
      'unknown task key',
      () => complaintOf(tiny, 'task.token=1'),
      /^--set: unknown key task\.token; .*did you mean tokens\?/,
    ],
    [
      'a key without its section',
      () => complaintOf(tiny, 'steps=10'),
      /^--set: unknown key steps; .*did you mean train\.steps\?/,
    ],
    [
      'such a key with a slip',
      () => complaintOf(tiny, 'stesp=10'),
      /^--set: unknown key stesp; .*did you mean train\.steps\?/,
    ],
    [
      'a key in the wrong section',
      () => complaintOf(tiny, 'task.heads=4'),
      /unknown key task\.heads; .*did you mean model\.heads\?/,
    ],
    ['unknown section', () => complaintOf(tiny, 'task.curriculum.interval=1'), /^--set: unknown key task\.curriculum/],
    [
      'unknown model',
      () => complaintOf(tiny, 'model.name=multi_head_softmx'),
      /^--set: .*did you mean multi_head_softmax\?/,
    ],
    ['wrong type', () => complaintOf(tiny, 'train.steps=many'), /^--set: train\.steps is "many"; expected a number/],
    ['a fraction', () => complaintOf(tiny, 'train.steps=1.5'), /train\.steps is 1\.5; expected a whole number/],
    ['null', () => complaintOf(tiny, 'train.steps=null'), /train\.steps is null/],
    ['a list', () => complaintOf(tiny, 'train.steps=[1]'), /train\.steps is a list/],
    ['an object', () => complaintOf(tiny, 'seed.x=1'), /^--set: (seed is an object|seed holds a single value)/],
    ['out of range', () => complaintOf(tiny, 'train.momentum=1'), /train\.momentum is 1; expected a number < 1/],
    ['not finite', () => complaintOf(tiny, 'train.learning_rate=1e999'), /train\.learning_rate is Infinity/],
    ['a choice', () => complaintOf(tiny, 'train.optimizer=sgdd'), /"sgdd"; expected one of sgd, momentum, adam, adamw/],
    ['either of two', () => complaintOf(tiny, 'train.unroll=0'), /train\.unroll is 0; expected .*≥ 1/],
    [
      'a section that is a value',
      () => complaintOf(tiny, 'task=3'),
      /^--set: task is 3; expected a value of type object/,
    ],
    ['no task', () => complaintOf({ model: { name: 'multi_head_softmax' } }), /^some\.json: task is missing/],
    ['no name', () => complaintOf({ task: {}, model: {} }), /^some\.json: task\.name is missing/],
    ['not an object', () => complaintOf([]), /^some\.json: not a JSON object/],
    ['a long value', () => complaintOf(tiny, `train.optimizer=${'x'.repeat(1e5)}`), /^--set: .{0,300}$/],
    ['a long path', () => complaintOf(tiny, `${'a.'.repeat(1e5)}b=1`), /^--set: .{0,300}$/],
    [
      'control characters',
      () => complaintOf(tiny, 'train.\u001b[31m\u009b\n\u202e=1'),
      /^--set: unknown key train\.\\u\{1b\}\[31m\\u\{9b\} ?\\u\{202e\};/,
    ],
  ];
  it.each(cases)('%s', (_, complain, message) => {
    expect(complain()).toMatch(message);
  });
});

describe('keys that objects have by themselves', () => {
  const paths = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'constructor.prototype',
    '__proto__.__proto__',
  ];
  const settings = paths.flatMap((path) => [
    `${path}.x=1`,
    `task.${path}.x=1`,
    `model.${path}=1`,
    `train.${path}={"x":1}`,
  ]);

  it.each(settings)('%s is refused and changes no prototype', (setting) => {
    expect(complaintOf(tiny, setting)).toMatch(/^--set: (unknown key|\w+ holds a single value)/);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each(['top', 'task', 'model', 'train'])('a __proto__ in a file is an unknown key of its %s section', (section) => {
    const text = JSON.stringify(tiny);
    const spiked =
      section === 'top'
        ? text.replace('{', '{"__proto__":{"x":1},')
        : text.replace(`"${section}":{`, '$&"__proto__":{"x":1},');
    expect(spiked).not.toBe(text);
    expect(complaintOf(JSON.parse(spiked))).toMatch(/unknown key (\w+\.)?__proto__/);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString'])('a task or model called %s does not exist', (name) => {
    for (const kind of ['task', 'model']) {
      expect(complaintOf({ ...(tiny as object), [kind]: { name } })).toMatch(new RegExp(`unknown ${kind} "${name}"`));
    }
  });
});

const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'name',
    'steps',
    'heads',
    'train',
    'task',
    'model',
    '$schema',
    'seed',
    '',
  ),
);
const values = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, -1, 1.5, Number.POSITIVE_INFINITY, -0, Number.NaN, 2 ** 53),
    fc.double(),
    words,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(words, tie('json'), { maxKeys: 4, noNullPrototype: false }),
  ),
})).json;

/** Puts `value` at the place that `turns` lead to, going down the object by them. */
function mutated(target: Json, turns: readonly number[], key: string, value: Json | undefined): Json {
  if (typeof target !== 'object' || target === null || Array.isArray(target)) return value ?? null;
  const keys = Object.keys(target);
  const [turn, ...rest] = turns;
  if (turn === undefined || keys.length === 0) {
    const entries = Object.entries(target).filter(([name]) => name !== key);
    return Object.fromEntries(value === undefined ? entries : [...entries, [key, value]]);
  }
  const chosen = keys[turn % keys.length]!;
  return { ...target, [chosen]: mutated(target[chosen]!, rest, key, value) };
}

/** Answers with a configuration, or with one line that is short and safe to print. */
function expectCivilAnswer(resolve: () => unknown): void {
  try {
    resolve();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
    expect(error.message.length).toBeLessThan(700);
  }
}

describe('any input is resolved or refused in one line', () => {
  it('JSON of any kind', () => {
    fc.assert(
      fc.property(values, (raw) => expectCivilAnswer(() => resolveConfig(raw, 'some.json'))),
      { numRuns: 300 },
    );
  });

  it('presets with something changed', () => {
    const turns = fc.array(fc.nat(20), { maxLength: 2 });
    const changes = fc.array(fc.tuple(turns, words, fc.option(values, { nil: undefined })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.constantFrom(...presets), changes, ({ raw }, list) => {
        const changed = list.reduce<Json>((json, [at, key, value]) => mutated(json, at, key, value), raw);
        expectCivilAnswer(() => resolveConfig(changed, 'some.json'));
      }),
      { numRuns: 500 },
    );
  });

  it('settings of any kind', () => {
    const paths = fc.array(words, { minLength: 1, maxLength: 4 }).map((keys) => keys.join('.'));
    const texts = fc.oneof(
      words,
      values.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(paths, texts), { maxLength: 3 }), (list) =>
        expectCivilAnswer(() =>
          resolveConfig(
            tiny,
            'some.json',
            list.map(([path, text]) => parseSetting(`${path}=${text}`)),
          ),
        ),
      ),
      { numRuns: 500 },
    );
  });

  it('lists nested a hundred thousand deep', () => {
    const deep = JSON.parse('['.repeat(1e5) + ']'.repeat(1e5));
    for (const raw of [deep, { ...(tiny as object), title: deep }, { ...(tiny as object), task: deep }]) {
      expectCivilAnswer(() => resolveConfig(raw, 'some.json'));
    }
  });
});
